/** Single-character shortcuts. */

const typing = 'input:not([type="range"], [type="checkbox"], [type="file"]), select, textarea, [contenteditable]';

/**
 * Tells a shortcut from other key presses: not while the user types or in a dialog, not with a modifier, and with `letterKeys`
 * off in the viewer alone.
 */
export function isShortcut(event: KeyboardEvent, letterKeys: boolean): boolean {
  const target = event.target instanceof Element ? event.target : null;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (target?.closest(typing) || target?.closest('[role="dialog"]')) return false;
  return letterKeys || Boolean(target?.closest('[data-viewer]'));
}
