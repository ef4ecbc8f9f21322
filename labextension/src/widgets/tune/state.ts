// What the kernel tells a tuner; ollama_magics/widgets/tunerstate.py says what each key means.
import type { Json } from '../../shared/protocol';

export type PartState = 'unset' | 'inherited' | 'set' | 'same' | 'tried';
export type Timing = 'pause' | 'enter' | 'button';
export type Mode = 'try' | 'create';
/** What the person was doing, from which the kernel tells when a change is settled. */
export type How = 'typing' | 'drag' | 'release' | 'enter';
/** Start and end in UTF-16 units. */
export type Span = [number, number];

export interface Action {
  label: string;
  method: string;
  params: { [key: string]: Json };
}

export interface Problem {
  start: number;
  end: number;
  line: number;
  name: string;
  text: string;
  fix_label: string;
}

export interface SystemState {
  text: string;
  state: PartState;
  state_words: string;
  tokens_words: string;
  problems: Problem[];
  problem_words: string;
  changed: Span[];
  can_reset: boolean;
  reset_label: string;
}

export interface ExampleRow {
  id: string;
  role: 'system' | 'user' | 'assistant';
  text: string;
  state: PartState;
  problem: string;
}

export interface ExamplesState {
  words: string;
  rows: ExampleRow[];
  can_reset: boolean;
  reset_label: string;
}

export interface Param {
  name: string;
  kind: 'float' | 'int' | 'bool' | 'list' | 'seed' | 'text';
  scale: 'linear' | 'log2' | null;
  low: number;
  high: number;
  step: number;
  ticks: [number, string][];
  ends: [string, string];
  state: PartState;
  state_words: string;
  value: Json;
  text: string;
  value_words: string;
  default: Json;
  default_words: string;
  was: number | null;
  meaning: string;
  effect: string;
  tip: string;
  often: boolean;
  reloads: boolean;
  waits: boolean;
  can_reset: boolean;
  reset_label: string;
  problem: string;
}

export interface Line {
  number: number;
  sign: ' ' | '-' | '+' | '…';
  text: string;
  marks: Span[];
}

export interface ModelfileState {
  lines: Line[];
  words: string;
  note: string;
}

export interface VersionRow {
  version: number;
  label: string;
  words: string;
  at: string;
  on_server: boolean;
  can_restore: boolean;
}

export interface Words {
  dirty: string;
  dirty_short: string;
  create: string;
  write_back: string;
  discard: string;
  foot: string;
  hint: string;
  waits: string;
}

export interface TunerState {
  model: string;
  version: string;
  next_version: string;
  server: string;
  teaching: boolean;
  testing: string;
  drafted: boolean;
  changes: number;
  can_create: boolean;
  mode: Mode;
  answer_again: Timing;
  busy: '' | 'creating' | 'answering';
  alert: { text: string; detail: string; actions: Action[] } | null;
  elsewhere: string;
  has_cell: boolean;
  words: Words;
  system: SystemState;
  examples: ExamplesState;
  params: Param[];
  modelfile: ModelfileState;
  history: VersionRow[];
}

/** A reply to `write_back`: the cell's new text, or what would be done. */
export type Written = { source: string; merged: boolean } | Conflict;

export interface Conflict {
  title: string;
  words: string[];
  theirs: string;
  merged: string;
  actions: Action[];
}
