// A list or a table that grows: its rows stay while only what is below them changes.

/** One row: what it is made of, and how it is drawn. Rows with the same key look alike. */
export interface Row {
  key: string;
  draw(): Node;
}

/** What `element`, with its rows in `body`, shows; two blocks with the same `head` differ in their rows only. */
export interface Frame {
  head: string;
  element: HTMLElement;
  body: HTMLElement;
}

export class GrowingRows {
  readonly element: HTMLElement;
  private keys: string[] = [];

  constructor(private readonly frame: Frame) {
    this.element = frame.element;
  }

  goesOn(head: string): boolean {
    return head === this.frame.head;
  }

  update(rows: Row[]): void {
    const { body } = this.frame;
    const differs = rows.findIndex(({ key }, index) => key !== this.keys[index]);
    const kept = differs < 0 ? Math.min(rows.length, this.keys.length) : differs;
    while (body.childNodes.length > kept) {
      body.lastChild?.remove();
    }
    body.append(...rows.slice(kept).map(row => row.draw()));
    this.keys = rows.map(({ key }) => key);
  }
}
