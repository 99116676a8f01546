// The ways of a browser that a desk must not have: reload, print, save, find, going back, the page's own menu, dropping a file. A reload
// in the middle of a case would throw away what is being written; a menu could save a photo.

const CONTROL_KEYS = ["r", "p", "s", "f", "g", "u", "o"];
const ALONE = ["F3", "F5", "F7", "BrowserBack", "BrowserForward", "BrowserRefresh"];

/** Whether a key belongs to the browser and not to the desk. */
export function isBrowserKey(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): boolean {
  if (ALONE.includes(event.key)) return true;
  if (event.altKey) return event.key === "ArrowLeft" || event.key === "ArrowRight";
  return (event.ctrlKey || event.metaKey) && CONTROL_KEYS.includes(event.key.toLowerCase());
}

/** Takes the ways away; returns the way to give them back. */
export function closeBrowserWays(): () => void {
  const stop = (event: Event): void => event.preventDefault();
  const key = (event: KeyboardEvent): void => {
    if (isBrowserKey(event)) event.preventDefault();
  };
  const menu = (event: Event): void => {
    const field = event.target instanceof Element && event.target.closest("input, textarea") !== null;
    if (!field) event.preventDefault();
  };
  window.addEventListener("keydown", key, true);
  window.addEventListener("contextmenu", menu);
  window.addEventListener("dragover", stop);
  window.addEventListener("drop", stop);
  return () => {
    window.removeEventListener("keydown", key, true);
    window.removeEventListener("contextmenu", menu);
    window.removeEventListener("dragover", stop);
    window.removeEventListener("drop", stop);
  };
}
