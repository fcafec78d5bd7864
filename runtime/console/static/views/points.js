// Points: what there is, what things cost, how to get some, and every movement.

import { refreshPoints } from "../api.js";
import { date, hasWord, number, t } from "../i18n.js";
import { html, nothing, repeat } from "../lit.js";
import { onLeave } from "../router.js";
import { state } from "../store.js";
import { pointsRemedy, problemNote } from "./notes.js";
import { Pages } from "./pages.js";

const ledger = new Pages("/points/ledger");

onLeave(({ name }) => {
  if (name !== "points") return;
  ledger.start();
  refreshPoints().catch(() => {});
});

export function pointsView() {
  const { points } = state;
  return html`<section class="list">
    <h1 tabindex="-1">${t("balance")}</h1>
    <p class="balance">${points ? number(points.balance) : "…"}</p>
    ${points ? html`<p>${t("prices", { a: points.prices.divination, b: points.prices.followUp })}</p>` : nothing}
    <div>${pointsRemedy(100)}</div>
    <h2>${t("ledger")}</h2>
    ${problemNote(ledger.problem, () => ledger.start())}
    ${ledger.isEmpty ? html`<p>${t("noEntries")}</p>` : nothing}
    <ul class="rows">${repeat(ledger.items, (item) => item.id, entry)}</ul>
    ${ledger.more()}
  </section>`;
}

function entry({ kind, amount, balanceAfter, note, createdAt, runKind, threadId, title }) {
  const own = [`entry_${kind}_${runKind}`, `entry_${kind}`].find(hasWord);
  const word = own ? t(own) : kind;
  const signed = `${amount > 0 ? "+" : "−"}${number(Math.abs(amount))}`;
  return html`<li>
    <span>${word}${threadId ? html` <a class="about" href="#/readings/${threadId}">${title}</a>` : nothing}${note ? html` <span class="faint">${note}</span>` : nothing}</span>
    <b class=${amount > 0 ? "amount more" : "amount"}>${signed}</b>
    <span class="faint">${date(createdAt)}</span><span class="faint amount">${t("after", { n: number(balanceAfter) })}</span>
  </li>`;
}
