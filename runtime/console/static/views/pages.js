// A list that the server tells a page at a time.

import { onReturn } from "../absence.js";
import { call } from "../api.js";
import { t } from "../i18n.js";
import { html, nothing } from "../lit.js";
import { changed } from "../store.js";

export class Pages {
  constructor(path) {
    Object.assign(this, { path, items: [], next: null, problem: null, asked: false, known: false });
    onReturn(() => {
      if (this.problem && !this.problem.code) this.start();
    });
  }

  get isEmpty() {
    return this.known && this.items.length === 0;
  }

  start() {
    return this.load(null);
  }

  async load(cursor) {
    this.problem = null;
    try {
      const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
      const page = await call("GET", this.path + query);
      this.items = cursor ? [...this.items, ...page.items] : page.items;
      this.next = page.nextCursor;
      this.known = true;
    } catch (error) {
      this.problem = error;
    }
    changed();
  }

  more() {
    if (!this.next) return nothing;
    return html`<p><button @click=${() => this.load(this.next)}>${t("more")}</button></p>`;
  }
}
