// Files beside a question: added, shown as they go, and seen again in the reading.

import { region, sentence, t } from "../i18n.js";
import { html, nothing, repeat } from "../lit.js";
import { changed } from "../store.js";
import { ACCEPT, MOST } from "../tray.js";
import { clip, cross, sheet, wave } from "./icons.js";
import { problemNote } from "./notes.js";

// A file let go beside the field must not take the place of the page.
for (const name of ["dragover", "drop"]) {
  addEventListener(name, (event) => hasFiles(event) && event.preventDefault());
}

function hasFiles({ dataTransfer }) {
  return dataTransfer?.types.includes("Files") ?? false;
}

// What a form listens to, so that files can be dropped on it and pasted into it.
export function takingFiles(tray) {
  const over = (is) => (event) => {
    if (!hasFiles(event) || tray.over === is) return;
    tray.over = is;
    changed();
  };
  return {
    over: over(true),
    // Its parts are left and entered on the way; only the form itself counts.
    left: (event) => event.currentTarget.contains(event.relatedTarget) || over(false)(event),
    drop(event) {
      if (!hasFiles(event)) return;
      event.preventDefault();
      tray.over = false;
      tray.add(event.dataTransfer.files);
    },
    paste(event) {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      tray.add(event.clipboardData.files);
    },
  };
}

export function filesButton(tray) {
  const taken = (event) => {
    tray.add(event.target.files);
    event.target.value = ""; // so that the same file can be chosen again
  };
  return html`<input class="files-input" type="file" hidden multiple accept=${ACCEPT} @change=${taken} />
    <button type="button" class="quiet" ?disabled=${tray.isFull} aria-describedby="files-hint"
      @click=${(event) => event.currentTarget.previousElementSibling.click()}>${clip()}${t("addFiles")}</button>`;
}

export function filesShown(tray) {
  return html`<p id="files-hint" class="faint">${tray.over ? t("dropHere") : html`${t("filesHint", { n: MOST })}<span class="by-mouse">${t("filesByMouse")}</span>`}</p>
    ${tray.items.length ? html`<ul class="files" aria-label=${t("filesOf")}>${repeat(tray.items, (item) => item, (item) => chip(tray, item))}</ul>` : nothing}
    ${problemNote(tray.problem)}`;
}

function chip(tray, item) {
  const { name, problem, file, progress, blob } = item;
  return html`<li class=${problem ? "wrong" : ""} data-state=${problem ? "wrong" : file ? "there" : "sending"} data-code=${problem ? (problem.code ?? "NETWORK") : nothing}>
    ${item.picture ? html`<img src=${item.picture} alt="" @error=${() => noPicture(item)} />` : kindIcon(blob.type)}
    <span class="file-name">${name}<small>${typeName(name, blob.type)} · ${size(blob.size)}</small></span>
    <button type="button" class="quiet" aria-label=${t("removeFile", { name })} title=${t("removeFile", { name })} @click=${() => tray.remove(item)}>${cross()}</button>
    ${!problem && !file ? html`<progress max="1" value=${progress} aria-label="${name}: ${t("sendingFile", { n: Math.round(progress * 100) })}"></progress>` : nothing}
    ${problem ? html`<p class="why" role="alert">${problem.code ? sentence(problem) : t("cutOff")}</p>${problem.status === 0 || problem.status === 422 || problem.status === 413 ? nothing : html`<button type="button" class="link" aria-label=${t("tryFile", { name })} @click=${() => tray.bring(item)}>${t("again")}</button>`}` : nothing}
  </li>`;
}

// What calls itself a picture and is none has a sheet's sign, not a broken one.
function noPicture(item) {
  URL.revokeObjectURL(item.picture);
  item.picture = null;
  changed();
}

// Those of a message, as the server shows them; from another place they are only led to.
export function sentFiles(files) {
  if (!files?.length) return nothing;
  return html`<ul class="files sent" aria-label=${t("filesOf")}>${files.map(sent)}</ul>`;
}

function sent(file) {
  const shows = file.mimeType.startsWith("image/") && isOurs(file.url) && !file.lost;
  const lost = () => {
    file.lost = true;
    changed();
  };
  return html`<li><a href=${file.url} target="_blank" rel="noopener noreferrer">
    ${shows ? html`<img src=${file.url} alt="" @error=${lost} />` : kindIcon(file.mimeType)}
    <span class="file-name">${file.name}<small>${typeName(file.name, file.mimeType)} · ${size(file.size)}</small></span></a></li>`;
}

// The policy lets the page show nothing from elsewhere, such as a bucket.
export function isOurs(url) {
  return new URL(url, location.href).origin === location.origin;
}

function kindIcon(type) {
  return type.startsWith("audio/") ? wave() : sheet();
}

function typeName(name, type) {
  const suffix = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1] ?? type.split("/").at(-1);
  return suffix.toUpperCase();
}

function size(bytes) {
  const [amount, unit] = bytes < 1024 * 1024 ? [Math.max(0.1, bytes / 1024), "kilobyte"] : [bytes / 1024 / 1024, "megabyte"];
  const digits = { maximumFractionDigits: amount < 10 ? 1 : 0 };
  return new Intl.NumberFormat(region(), { style: "unit", unit, ...digits }).format(amount);
}
