// The browser's end of the panel protocol; ollama_magics/widgets/protocol.py is the kernel's.
//
// The kernel holds a state, a tree of JSON. The trait `live` is a snapshot {seq, state}; messages {kind: "delta", seq, ops} carry it on, one
// seq at a time. A view may miss messages (those sent before it was loaded are gone), see them twice or in another order: it takes the
// next one only, keeps early ones, and asks for a snapshot where one is missing. Requests {kind: "request", id, method, params} get exactly
// one {kind: "reply", id, result | error}.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Path = (string | number)[];

/** `v` sets the value at `p`; `d` is text to add at offset `o`, counted in UTF-16 units, of the string at `p`. */
export type Op = { p: Path; v: Json } | { p: Path; o: number; d: string };

export interface Snapshot {
  seq: number;
  state: { [key: string]: Json };
}

interface Delta {
  kind: 'delta';
  seq: number;
  ops: Op[];
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

/** One view's copy of the state of a panel. */
export class Channel {
  state: { [key: string]: Json } = {};
  private seq = -1;
  private early = new Map<number, Op[]>();
  private waiting = new Map<string, { resolve(value: Json): void; reject(error: Error): void }>();
  private asked = 0;
  private catchingUp = false;
  private readonly prefix = crypto.randomUUID();

  constructor(
    private readonly port: Port,
    private readonly onChange: () => void
  ) {
    this.onSnapshot();
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
    if (isRecord(message) && message.kind === 'delta') {
      this.onDelta(message as unknown as Delta);
    } else if (isRecord(message) && message.kind === 'reply') {
      this.onReply(message as unknown as Reply);
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

  private onDelta({ seq, ops }: Delta): void {
    if (seq <= this.seq) {
      return;
    }
    if (seq > this.seq + 1) {
      if (this.early.size < EARLY_KEPT) {
        this.early.set(seq, ops);
      }
      this.catchUp();
      return;
    }
    this.apply(seq, ops);
    this.applyEarly();
    this.onChange();
  }

  private apply(seq: number, ops: Op[]): void {
    try {
      ops.forEach(op => applyOp(this.state, op));
      this.seq = seq;
    } catch {
      this.catchUp();
    }
  }

  private applyEarly(): void {
    for (let ops = this.early.get(this.seq + 1); ops; ops = this.early.get(this.seq + 1)) {
      this.early.delete(this.seq + 1);
      this.apply(this.seq + 1, ops);
    }
    [...this.early.keys()].filter(seq => seq <= this.seq).forEach(seq => this.early.delete(seq));
  }

  private catchUp(): void {
    if (this.catchingUp) {
      return;
    }
    this.catchingUp = true;
    this.request('snapshot', { seq: this.seq }).then(
      snapshot => {
        this.catchingUp = false;
        this.take(snapshot);
      },
      () => (this.catchingUp = false)
    );
  }

  private take(snapshot: unknown): void {
    if (!isRecord(snapshot) || typeof snapshot.seq !== 'number' || !isRecord(snapshot.state) || snapshot.seq <= this.seq) {
      return;
    }
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

/** Apply one operation; throws a RangeError where it does not fit the state. */
export function applyOp(state: { [key: string]: Json }, op: Op): void {
  const last = op.p[op.p.length - 1];
  let place: Json = state;
  for (const key of op.p.slice(0, -1)) {
    place = child(place, key);
  }
  if (last === undefined || typeof place !== 'object' || place === null) {
    throw new RangeError('no such place');
  }
  const holder = place as { [key: string]: Json };
  if ('v' in op) {
    if (Array.isArray(place) && (typeof last !== 'number' || last > place.length)) {
      throw new RangeError('an entry beyond the end');
    }
    put(holder, last, op.v);
    return;
  }
  const before = Object.hasOwn(holder, last) ? holder[last] : undefined;
  if (typeof before !== 'string' || before.length !== op.o) {
    throw new RangeError('text at another offset');
  }
  put(holder, last, before + op.d);
}

/** Assign an own property, whatever its name: a key `__proto__` must not reach the prototype. */
function put(holder: { [key: string]: Json }, key: string | number, value: Json): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

function child(place: Json, key: string | number): Json {
  const found = typeof place === 'object' && place !== null && Object.hasOwn(place, key) ? (place as { [key: string]: Json })[key] : undefined;
  if (found === undefined) {
    throw new RangeError('no such place');
  }
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
