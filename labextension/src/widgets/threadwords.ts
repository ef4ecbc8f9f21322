// Sentences of a thread that are made on the page, because they follow what a person is doing there.
import { clock, shortCount } from '../shared/figures';
import type { ThreadState, ToolCall, Turn } from './threadstate';

const NEARLY_FULL = 0.9;

/** What the context meter says: its figures, its words, its share from 0 to 1, and whether it is nearly full. */
export function contextWords(used: number, size: number | null): { figures: string; text: string; share: number; full: boolean } {
  const share = size ? used / size : 0;
  const figures = size ? `${shortCount(used)} of ${shortCount(size)}` : `${shortCount(used)} tokens`;
  return { figures, text: share >= NEARLY_FULL ? `${figures}, nearly full` : figures, share: Math.min(1, share), full: share >= NEARLY_FULL };
}

export function thinkingWords(turn: Turn, seconds: number, thinks: boolean): string {
  const time = seconds < 10 ? `${Math.max(0.1, seconds).toFixed(1)} s` : clock(seconds);
  if (thinks) {
    return `Thinking · ${time}`;
  }
  const tokens = turn.thought_tokens;
  return `Thought${seconds > 0 ? ` for ${time}` : ''}${tokens ? ` · ${tokens} token${tokens === 1 ? '' : 's'}` : ''}`;
}

export function callWords(call: ToolCall): string {
  return `${call.name}(${call.arguments})`;
}

/** The open branch as text that reads well anywhere. */
export function conversationText({ model, turns }: ThreadState): string {
  return turns.map(({ question, answer }) => `You:\n${question}\n\n${model}:\n${answer}\n`).join('\n');
}

/** What a screen reader is told once when an answer has ended. */
export function endWords({ model, turns }: ThreadState): string {
  const last = turns[turns.length - 1];
  if (!last) {
    return '';
  }
  // Errors and limits are read from their own place on the page.
  return last.state === 'stopped' ? 'Answer stopped' : `${model}: ${last.answer}`;
}
