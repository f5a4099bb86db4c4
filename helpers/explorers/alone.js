// Runs an explorer where there is no kernel: on the site and in an exported notebook.

/** What anywidget hands to `render`, without a kernel: traits, and who listens to them. */
export function standIn(traits) {
  const listeners = {};
  return {
    get: (name) => traits[name],
    set(name, value) {
      traits[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
    off: (event, listener) => listeners[event]?.delete(listener),
    save_changes() {},
    send() {},
  };
}

/** Shows the explorer in each of its places that alone.py wrote. */
export function start(name, { render }) {
  for (const el of document.querySelectorAll(`[data-live="${name}"]`)) {
    const script = el.querySelector("script");
    if (!script) continue; // it was started: the same explorer stands on the page twice
    const traits = JSON.parse(script.textContent);
    script.remove();
    traits.picture = el.innerHTML;
    el.replaceChildren();
    try {
      render({ model: standIn(traits), el });
    } catch (error) {
      el.className = "";
      el.innerHTML = traits.picture;
      console.error(error);
    }
  }
}
