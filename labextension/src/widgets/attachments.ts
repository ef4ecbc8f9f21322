// The images that will go with the next message.
import { h, icon, setText } from '../shared/dom';
import { iconButton } from './parts';
import { bytesWords, byteCount, KINDS, ownAddress, read, refusal } from './pictures';
import type { Picture } from './threadstate';

export class Attachments {
  readonly element: HTMLElement;
  readonly pick: HTMLButtonElement;
  pictures: Picture[] = [];
  private readonly row = h('div', { class: 'om-attached', role: 'list', 'aria-label': 'Images to send' });
  private readonly problem = h('div', { class: 'om-small om-warn', role: 'status' });
  private readonly file = h('input', { type: 'file', accept: KINDS.join(','), multiple: true, hidden: true, 'aria-label': 'Images' });

  constructor() {
    this.pick = iconButton('plus', 'Attach an image', () => this.file.click());
    this.file.addEventListener('change', () => {
      void this.add([...(this.file.files ?? [])]);
      this.file.value = '';
    });
    this.element = h('div', { class: 'om-attachments' }, this.row, this.problem, this.file);
    this.draw();
  }

  /** Take the images out of a paste or a drop; says whether there were files. */
  take(data: DataTransfer | null): boolean {
    const files = [...(data?.files ?? [])];
    if (files.length > 0) {
      void this.add(files);
    }
    return files.length > 0;
  }

  set(pictures: Picture[]): void {
    this.pictures = [...pictures];
    setText(this.problem, '');
    this.draw();
  }

  private async add(files: File[]): Promise<void> {
    const said: string[] = [];
    for (const file of files) {
      const held = this.pictures.reduce((sum, { url }) => sum + byteCount(url), 0);
      const problem = refusal(file, held);
      if (problem) {
        said.push(problem);
        continue;
      }
      try {
        this.pictures.push(await read(file));
      } catch (error) {
        said.push((error as Error).message);
      }
    }
    setText(this.problem, said.join(' '));
    this.draw();
  }

  private remove(picture: Picture): void {
    const index = this.pictures.indexOf(picture);
    this.pictures.splice(index, 1);
    setText(this.problem, '');
    this.draw();
    const left = this.row.querySelectorAll('button');
    (left[Math.min(index, left.length - 1)] ?? this.pick).focus();
  }

  private draw(): void {
    this.row.hidden = this.pictures.length === 0;
    this.row.replaceChildren(...this.pictures.map(picture => this.item(picture)));
  }

  private item(picture: Picture): HTMLElement {
    const address = ownAddress(picture.url);
    const size = h('span', { class: 'om-muted' }, bytesWords(byteCount(picture.url)));
    const name = h('span', { class: 'om-ellipsis', dir: 'auto' }, picture.name);
    const remove = iconButton('x', `Remove ${picture.name}`, () => this.remove(picture));
    return h('div', { class: 'om-attachment', role: 'listitem' }, address ? h('img', { src: address, alt: '' }) : icon('warn'), name, size, remove);
  }
}
