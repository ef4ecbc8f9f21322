// What the kernel says of a thread; ollama_magics/widgets/threadstate.py has the same with the meaning of each key.
// What a panel without a conversation behind it does not send is optional.
import type { Json } from '../shared/protocol';

export type TurnState = 'waiting' | 'streaming' | 'done' | 'stopped' | 'cut' | 'error';

/** An image of a question as a `data:` address. */
export interface Picture {
  name: string;
  url: string;
}

export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
  state: 'asks' | 'running' | 'allowed' | 'refused' | 'failed';
  words: string;
  result: string;
  seconds: string;
}

/** A place among branches: which one, counted from 1, of how many. */
export type Branch = [number, number];

export interface Turn {
  /** Absent where nothing can be done with the turn. */
  id?: string;
  question: string;
  images?: Picture[];
  answer: string;
  thinking: string;
  thought_s: number | null;
  thought_tokens?: number | null;
  state: TurnState;
  stats: string;
  note: string;
  error?: string;
  can_go_on?: boolean;
  made_by?: string;
  outdated?: string;
  question_branch?: Branch;
  answer_branch?: Branch;
  branch_note?: string;
  calls?: ToolCall[];
  taught?: boolean;
  before?: { title: string; answer: string } | null;
}

export interface Action {
  label: string;
  method: string;
  params?: { [key: string]: Json };
  /** The request takes the text of the model's cell along, and its reply may hold the cell's new text. */
  cell?: boolean;
}

export interface Notice {
  /** The turn below which it stands; the thread's end without one. */
  id?: string;
  text: string;
  actions?: Action[];
}

export interface ThreadState {
  model: string;
  version: string;
  server: string;
  composer: boolean;
  busy?: boolean;
  context_used: number | null;
  context_size: number | null;
  suggestions?: { label: string; text: string }[];
  intro?: string;
  cut?: { turns: number; tokens: number; text: string } | null;
  turns: Turn[];
  notice?: Notice | null;
}

export function isRunning(turn: Turn | undefined): boolean {
  return turn?.state === 'waiting' || turn?.state === 'streaming';
}

/** Return whether an answer is coming: the kernel's word, or what the last turn shows already. */
export function isBusy({ busy, turns }: ThreadState): boolean {
  return busy === true || isRunning(turns[turns.length - 1]);
}
