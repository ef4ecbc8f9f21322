// Numbers as a person reads them; the same forms as ollama_magics/display/quantities.py.

/** 58, 1.9k, 131k: a number of tokens in little room. */
export function shortCount(value: number): string {
  if (value < 1000) {
    return String(value);
  }
  return value < 99950 ? `${(value / 1000).toFixed(1)}k` : `${(value / 1000).toFixed(0)}k`;
}

/** 28 s, 1 min 5 s, 2 h 3 min: a time that goes on, in whole seconds. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) {
    return `${whole} s`;
  }
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
