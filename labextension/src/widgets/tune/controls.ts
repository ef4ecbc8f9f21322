// The control that fits a parameter: a slider, a switch, tags, a dice, or none.
import { h, icon, setAttribute, setText } from '../../shared/dom';
import type { Json } from '../../shared/protocol';
import { readNumber, Scale } from './scale';
import { Slider } from './slider';
import type { Param } from './state';
import { StopTags } from './stoptags';

export interface ControlActions {
  /** A whole choice: a switch turned, a tag added. */
  changed(value: Json): void;
  moved(value: number, held: boolean): void;
  released(): void;
  enter(): void;
  newSeed(): void;
}

export interface Control {
  readonly element: HTMLElement | null;
  draw(param: Param, value: Json, describedBy: string): void;
  focus(): void;
  /** The value some steps from another, where the control has steps. */
  stepped?(value: number, steps: number): number;
}

export function controlOf(param: Param, actions: ControlActions): Control {
  switch (param.kind) {
    case 'seed':
      return new Dice(actions);
    case 'bool':
      return new Switch(actions);
    case 'list':
      return new Tags(actions);
    default:
      return param.scale === null ? new NoControl() : new SliderControl(param, actions);
  }
}

class NoControl implements Control {
  readonly element = null;
  draw(): void {}
  focus(): void {}
}

class SliderControl implements Control {
  readonly element: HTMLElement;
  private readonly slider: Slider;
  private readonly scale: Scale;

  constructor(param: Param, actions: ControlActions) {
    this.slider = new Slider(param, param, actions);
    this.scale = new Scale(param);
    this.element = this.slider.element;
  }

  draw(param: Param, value: Json, describedBy: string): void {
    const fallback = asNumber(param.default);
    const shown = asNumber(value) ?? fallback ?? param.low;
    this.slider.draw({
      label: param.name,
      value: shown,
      fallback,
      was: param.was !== null && param.was !== shown ? param.was : null,
      words: [String(shown), param.value_words, param.state_words].filter(Boolean).join(', '),
      describedBy
    });
  }

  focus(): void {
    this.element.querySelector('input')?.focus();
  }

  stepped(value: number, steps: number): number {
    return this.scale.moved(value, steps);
  }
}

function asNumber(value: Json): number | null {
  return typeof value === 'number' ? value : typeof value === 'string' ? readNumber(value) : null;
}

class Switch implements Control {
  readonly element: HTMLElement;
  private readonly button: HTMLButtonElement;
  private readonly word = h('span', { class: 'om-small' });
  private on = false;

  constructor(actions: ControlActions) {
    this.button = h('button', { class: 'om-switch', type: 'button', role: 'switch', on: { click: () => actions.changed(!this.on) } });
    this.element = h('div', { class: 'om-row' }, this.button, this.word);
  }

  draw(param: Param, value: Json, describedBy: string): void {
    this.on = Boolean(value ?? param.default);
    setAttribute(this.button, 'aria-checked', String(this.on));
    setAttribute(this.button, 'aria-label', param.name);
    setAttribute(this.button, 'aria-describedby', describedBy);
    setText(this.word, this.on ? 'on' : 'off');
  }

  focus(): void {
    this.button.focus();
  }
}

class Tags implements Control {
  readonly element: HTMLElement;
  private readonly tags: StopTags;

  constructor(actions: ControlActions) {
    this.tags = new StopTags(stops => actions.changed(stops));
    this.element = this.tags.element;
  }

  draw(param: Param, value: Json, describedBy: string): void {
    const stops = (Array.isArray(value) ? value : []).map(String);
    this.tags.draw({ label: param.name, stops, inherited: param.state === 'inherited' && value === param.value, describedBy });
  }

  focus(): void {
    this.tags.focus();
  }
}

class Dice implements Control {
  readonly element: HTMLElement;
  private readonly button: HTMLButtonElement;

  constructor(actions: ControlActions) {
    this.button = h('button', { class: 'om-btn', type: 'button', on: { click: () => actions.newSeed() } }, icon('dice'), 'New seed');
    this.element = this.button;
  }

  draw(_: Param, __: Json, describedBy: string): void {
    setAttribute(this.button, 'aria-describedby', describedBy);
  }

  focus(): void {
    this.button.focus();
  }

  stepped(value: number, steps: number): number {
    return value + steps;
  }
}
