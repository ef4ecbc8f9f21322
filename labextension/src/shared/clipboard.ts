const SHOWN_MS = 2000;

/** Copy text, and say so for a while on the button that was pressed. */
export async function copyText(text: string, button: HTMLElement): Promise<void> {
  let [said, symbol] = ['Copied', 'i-check'];
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    [said, symbol] = ['Not copied: the page may not use the clipboard', 'i-x'];
  }
  // A second press while the first is still shown must not take its words for the button's own.
  const label = (button.dataset.label ??= button.getAttribute('aria-label') ?? '');
  button.title = said;
  button.setAttribute('aria-label', said);
  const picture = button.querySelector('.om-i');
  picture?.classList.replace('i-copy', symbol);
  setTimeout(() => {
    button.title = label;
    button.setAttribute('aria-label', label);
    picture?.classList.replace(symbol, 'i-copy');
  }, SHOWN_MS);
}
