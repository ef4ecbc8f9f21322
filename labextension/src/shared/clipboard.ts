const SHOWN_MS = 2000;

/** What the buttons say that say something else for a while. */
const own = new WeakMap<HTMLElement, { label: string | null; title: string; picture: string }>();

/** Copy text, and say so for a while on the button that was pressed. */
export async function copyText(text: string, button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(button, 'Copied', 'check');
  } catch {
    say(button, 'Not copied: the page may not use the clipboard', 'x');
  }
}

function say(button: HTMLElement, words: string, symbol: string): void {
  const picture = button.querySelector('.om-i');
  if (!own.has(button)) {
    own.set(button, { label: button.getAttribute('aria-label'), title: button.title, picture: picture?.className ?? '' });
    setTimeout(() => restore(button), SHOWN_MS);
  }
  button.title = words;
  button.setAttribute('aria-label', words);
  picture?.setAttribute('class', `om-i i-${symbol}`);
}

function restore(button: HTMLElement): void {
  const before = own.get(button);
  own.delete(button);
  if (before) {
    button.title = before.title;
    before.label === null ? button.removeAttribute('aria-label') : button.setAttribute('aria-label', before.label);
    button.querySelector('.om-i')?.setAttribute('class', before.picture);
  }
}
