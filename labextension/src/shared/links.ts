/** Return the address of a link that may be followed (web or mailbox), else null. */
export function allowed(href: string): URL | null {
  if (!/^(?:https?|mailto):/i.test(href.trim())) {
    return null;
  }
  try {
    return new URL(href.trim());
  } catch {
    return null;
  }
}

/** Return what a person should see of where a link leads: its host, or the mailbox. */
export function destination(url: URL): string {
  return url.protocol === 'mailto:' ? url.pathname : url.hostname;
}
