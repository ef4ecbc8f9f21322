// The way from a card's button to the kernel that drew the card: one comm a kernel, opened when a card is first shown.
import type { ISessionContext } from '@jupyterlab/apputils';

/** `ollama_magics/magics/opening.py` answers it. */
const TARGET = 'ollama_magics.open';

const GONE: ReadonlySet<string> = new Set(['restarting', 'autorestarting', 'terminating', 'dead']);

type Kernel = NonNullable<NonNullable<ISessionContext['session']>['kernel']>;

/** An output that the kernel made for a button. */
export interface OpenedOutput {
  readonly data: { readonly [type: string]: unknown };
  readonly metadata: object;
  readonly name: string;
}

/** What the kernel has for a button: outputs that show a panel, or the text of a cell. */
export interface Opened {
  readonly outputs?: OpenedOutput[];
  readonly cell?: string;
}

interface Waiting {
  resolve(opened: Opened): void;
  reject(error: Error): void;
}

const links = new WeakMap<ISessionContext, KernelLink>();

export class KernelLink {
  private comm: ReturnType<Kernel['createComm']> | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly changes = new Map<string, (data: OpenedOutput['data']) => void>();
  private asked = 0;
  private isWanted = false;
  private readonly listeners = new Set<() => void>();
  /** Names the kernel's process; undefined while none is known that answers. */
  kernel: string | undefined;

  /** Return the link of a notebook's kernel. */
  static of(session: ISessionContext): KernelLink {
    const link = links.get(session) ?? new KernelLink(session);
    links.set(session, link);
    return link;
  }

  private constructor(private readonly session: ISessionContext) {
    session.statusChanged.connect((_, status) => GONE.has(status) && this.drop());
    session.kernelChanged.connect((_, { oldValue }) => {
      if (oldValue) {
        this.drop();
      }
      // In a notebook that is being opened cards stand before there is a kernel.
      if (this.isWanted) {
        this.begin();
      }
    });
  }

  /** Call `listener` when another kernel answers, or none, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Ask the kernel who it is, unless it is known or asked already; a kernel that is not there yet is asked when it is. Ends when one answers. */
  async connect(): Promise<void> {
    this.begin();
    if (this.comm && this.kernel === undefined) {
      await new Promise<void>(resolve => {
        const stop = this.onChange(() => (stop(), resolve()));
      });
    }
  }

  private begin(): void {
    this.isWanted = true;
    const kernel = this.session.session?.kernel;
    if (this.comm || !kernel?.handleComms || GONE.has(kernel.status)) {
      return;
    }
    const comm = (this.comm = kernel.createComm(TARGET));
    comm.onMsg = ({ content: { data } }) => this.take(data as unknown as Answer);
    // A kernel without our magics closes what it does not know.
    comm.onClose = () => {
      if (comm === this.comm) {
        this.drop();
      }
    };
    comm.open({});
  }

  /** Ask for what a button opens below a cell; the kernel lets go of it when the cell runs again. */
  open(what: string, params: object, cellId: string): Promise<Opened> {
    return new Promise((resolve, reject) => {
      if (!this.comm || !this.kernel) {
        reject(new Error('The kernel is gone.'));
        return;
      }
      this.waiting.set(++this.asked, { resolve, reject });
      this.comm.send({ id: this.asked, open: what, params: { ...params } }, { cellId });
    });
  }

  /** Call `change` with what an output of this name holds, whenever that changes. */
  follow(name: string, change: (data: OpenedOutput['data']) => void): void {
    this.changes.set(name, change);
  }

  private take({ kernel, id, error, name, data, ...opened }: Answer): void {
    if (data) {
      this.changes.get(name ?? '')?.(data);
      return;
    }
    if (kernel !== undefined) {
      this.kernel = kernel;
      this.listeners.forEach(tell => tell());
    }
    const waiting = this.waiting.get(id ?? -1);
    this.waiting.delete(id ?? -1);
    if (opened.outputs || opened.cell !== undefined) {
      waiting?.resolve(opened);
    } else {
      waiting?.reject(new Error(error ?? ''));
    }
  }

  private drop(): void {
    this.isWanted = false;
    this.comm = undefined;
    this.kernel = undefined;
    this.waiting.forEach(({ reject }) => reject(new Error('The kernel is gone.')));
    this.waiting.clear();
    this.changes.clear();
    this.listeners.forEach(tell => tell());
  }
}

interface Answer extends Opened {
  readonly kernel?: string;
  readonly id?: number;
  readonly error?: string;
  readonly name?: string;
  readonly data?: OpenedOutput['data'];
}
