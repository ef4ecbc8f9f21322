// What the panel of a history shows; ollama_magics/widgets/historystate.py says what each part means.
import type { Json } from '../../shared/protocol';

export interface TimelineRow {
  key: string;
  label: string;
  name: string;
  time: string;
  words: string;
  on_server: boolean;
}

export interface Line {
  number: number | null;
  sign: ' ' | '-' | '+' | '@';
  pieces: [string, string][];
}

export interface Action {
  do: 'open' | 'restore' | 'rename' | 'copy' | 'remove';
  label: string;
  icon: string;
  primary?: boolean;
  params: { [name: string]: Json };
}

export interface Detail {
  key: string;
  title: string;
  facts: string;
  old: string;
  lines: Line[];
  cut: string;
  whole: boolean;
  parameters: { name: string; old: string; new: string; changed: boolean; set: boolean; origin: string }[];
  answers: { question: string; answer: string; best: boolean; more: string }[];
  actions: Action[];
}

/** A question before something is done; `cell` asks for the cell to be written too. */
export interface Asks {
  what: string;
  key: string;
  title: string;
  text: string;
  button: string;
  cell: boolean;
}

export interface HistoryState {
  model: string;
  server: string;
  count: string;
  timeline: TimelineRow[];
  selected: string[];
  none: string;
  wanted: string;
  outside: { text: string; label?: string; select: string[] } | null;
  detail: Detail | null;
  asks: Asks | null;
  busy: string;
  notice: { kind: 'ok' | 'err' | 'warn'; text: string } | null;
  made: { token: string; source: string } | null;
}
