// Stop sequences as a person reads and types them: a line break is \n, a tab \t, a backslash \\.
const SHOWN: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\' };
const READ: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };

export function shownStop(stop: string): string {
  return stop.replace(/[\n\t\r\\]/g, character => SHOWN[character] ?? character);
}

export function readStop(typed: string): string {
  return typed.replace(/\\([ntr\\])/g, (_, letter: string) => READ[letter] ?? letter);
}
