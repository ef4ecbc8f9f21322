// The browser's end of the panel protocol; ollama_magics/widgets/protocol.py is the kernel's.
//
// The kernel holds a state, a tree of JSON. The trait `live` is a snapshot {seq, state}; messages {kind: "delta", seq, ops} carry it on, one
// seq at a time. A view may miss messages (those sent before it was loaded are gone), see them twice or in another order: it takes the
// next one only, keeps early ones, and asks for a snapshot where one is missing; {kind: "at", seq} tells it when the last was missed.
// Requests {kind: "request", id, method, params} get exactly one {kind: "reply", id, result | error}.
import { applyOp, type Json, type Op } from './ops';
import { Spread, type Later } from './spread';

export type { Json, Op, Path } from './ops';

export interface Snapshot {
  seq: number;
  state: { [key: string]: Json };
}

/** `in` is the number of seconds until the kernel will send again at the earliest: so long the texts of this delta may take to appear. */
interface Delta {
  kind: 'delta';
  seq: number;
  ops: Op[];
  in?: number;
}

interface Reply {
  kind: 'reply';
  id: string;
  result?: Json;
  error?: { code: string; message: string; hint?: string };
}

/** The kernel's answer to a request that failed. */
export class RequestFailed extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string
  ) {
    super(message);
  }
}

export interface Port {
  snapshot(): unknown;
  send(message: Json): void;
}

const EARLY_KEPT = 64;
/** After so long without a reply a snapshot is asked for again, when the next gap shows; in milliseconds. */
const ASK_AGAIN_MS = 5000;

export interface Timers {
  later?: Later;
  now?: () => number;
}

/** One view's copy of the state of a panel. */
export class Channel {
  state: { [key: string]: Json } = {};
  private seq = -1;
  private early = new Map<number, Delta>();
  private waiting = new Map<string, { resolve(value: Json): void; reject(error: Error): void }>();
  private asked = 0;
  private askedAt: number | undefined;
  private stamps = new WeakMap<object, number>();
  private changes = 0;
  private readonly spread: Spread;
  private readonly now: () => number;
  private readonly prefix = crypto.randomUUID();

  constructor(
    private readonly port: Port,
    private readonly onChange: () => void,
    { later, now = () => performance.now() }: Timers = {}
  ) {
    this.now = now;
    this.spread = new Spread(op => this.make(op), onChange, later);
    this.onSnapshot();
  }

  /** What is known, in the form of the trait. */
  get snapshot(): Snapshot {
    return { seq: this.seq, state: this.state };
  }

  /** Ask what was missed before this view was there; nothing may follow that would show it. */
  begin(): void {
    this.catchUp();
  }

  /** Take the snapshot of the trait, unless it is older than what is known. */
  onSnapshot(): void {
    this.take(this.port.snapshot());
  }

  onMessage(message: unknown): void {
    if (!isRecord(message)) {
      return;
    }
    if (message.kind === 'delta') {
      this.onDelta(message as unknown as Delta);
    } else if (message.kind === 'reply') {
      this.onReply(message as unknown as Reply);
    } else if (message.kind === 'at' && Number(message.seq) > this.seq) {
      this.catchUp();
    }
  }

  /** Send a request; the promise settles with its one reply. */
  request(method: string, params: Json = {}): Promise<Json> {
    const id = `${this.prefix}:${++this.asked}`;
    return new Promise<Json>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.port.send({ kind: 'request', id, method, params });
    });
  }

  /** Return a number that is another one after anything in `part`, an object or list of the state, has changed. */
  stamp(part: object): number {
    let stamp = this.stamps.get(part);
    if (stamp === undefined) {
      stamp = ++this.changes;
      this.stamps.set(part, stamp);
    }
    return stamp;
  }

  /** Show all that has come, and fail what is not answered: nothing will come any more. */
  close(): void {
    this.spread.finish();
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    waiting.forEach(({ reject }) => reject(new RequestFailed('gone', 'the kernel is gone', '')));
  }

  private onDelta(delta: Delta): void {
    if (delta.seq <= this.seq) {
      return;
    }
    if (delta.seq > this.seq + 1) {
      if (this.early.size < EARLY_KEPT) {
        this.early.set(delta.seq, delta);
      }
      this.catchUp();
      return;
    }
    this.spread.finish();
    this.apply(delta);
    this.applyEarly();
    this.onChange();
  }

  private apply({ seq, ops, in: seconds = 0 }: Delta): void {
    try {
      this.spread.apply(ops, seconds);
      this.seq = seq;
    } catch {
      // The state may have taken some of the ops: only a snapshot can be trusted now, whatever its number.
      this.spread.drop();
      this.seq = -1;
      this.catchUp();
    }
  }

  private make(op: Op): void {
    applyOp(this.state, op, part => this.stamps.set(part, ++this.changes));
  }

  private applyEarly(): void {
    for (let delta = this.early.get(this.seq + 1); delta; delta = this.early.get(this.seq + 1)) {
      this.early.delete(delta.seq);
      this.spread.finish();
      this.apply(delta);
    }
    [...this.early.keys()].filter(seq => seq <= this.seq).forEach(seq => this.early.delete(seq));
  }

  private catchUp(): void {
    if (this.askedAt !== undefined && this.now() - this.askedAt < ASK_AGAIN_MS) {
      return;
    }
    const asked = this.now();
    this.askedAt = asked;
    const done = (): void => {
      this.askedAt = this.askedAt === asked ? undefined : this.askedAt;
    };
    this.request('snapshot', { seq: this.seq }).then(
      snapshot => {
        done();
        this.take(snapshot);
      },
      done
    );
  }

  private take(snapshot: unknown): void {
    if (!isRecord(snapshot) || typeof snapshot.seq !== 'number' || !isRecord(snapshot.state) || snapshot.seq <= this.seq) {
      return;
    }
    this.spread.drop();
    this.state = structuredClone(snapshot.state) as { [key: string]: Json };
    this.seq = snapshot.seq;
    this.applyEarly();
    this.onChange();
  }

  private onReply({ id, result, error }: Reply): void {
    const waiting = this.waiting.get(id);
    if (!waiting) {
      return;
    }
    this.waiting.delete(id);
    if (error) {
      waiting.reject(new RequestFailed(error.code, error.message, error.hint ?? ''));
    } else {
      waiting.resolve(result ?? null);
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
