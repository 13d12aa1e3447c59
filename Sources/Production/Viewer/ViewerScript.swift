// SPDX-License-Identifier: Apache-2.0

/// The program and the style of a volume's viewer.
///
/// Captured text reaches the page as text nodes alone; the program makes no markup of it.
enum ViewerScript {
  /// Reads the documents, and lets people filter, search and read them.
  static let program = #"""
    "use strict";
    (() => {
      const unseen = /[\#(unseenClass)]/gu;
      const rowHeight = 46, sliceTime = 30;
      const at = id => document.getElementById(id);
      const list = at("list"), rows = at("rows"), pane = at("document"), status = at("status");
      const form = at("filters"), help = at("help");
      const documents = [];
      const marks = { r: "redacted", w: "withheld", e: "exception" };
      let shown = [], chosen = -1, round = 0, hits = [], hit = -1, words = [];

      // What acts on a display without being seen is named by its code point.
      const visible = text => text.replace(/\r\n?/g, "\n").replace(unseen, character =>
        "[U+" + character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") + "]");
      const fold = text => text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase();
      const element = (name, text, kind) => {
        const made = document.createElement(name);
        if (text !== undefined) made.textContent = visible(text);
        if (kind) made.className = kind;
        return made;
      };
      const plural = (count, noun) => count.toLocaleString("en") + " " + noun + (count === 1 ? "" : "s");

      // Works through a list in slices, so that the page stays usable; a newer round ends it.
      const walk = (items, work, done) => {
        const own = round;
        let index = 0;
        const step = () => {
          if (own !== round) return;
          const end = performance.now() + sliceTime;
          while (index < items.length && performance.now() < end) work(items[index++]);
          done(index, index === items.length);
          if (index < items.length) setTimeout(step, 0);
        };
        step();
      };

      const texts = entry => {
        const all = [entry.n, entry.s, entry.c, entry.t, ...entry.g, ...entry.e];
        for (const event of entry.v || []) {
          all.push(event.s);
          for (const [label, text] of event.b) all.push(label, text);
          for (const [name] of event.f) all.push(name);
        }
        if (entry.b) all.push(entry.b);
        return all.join("\n");
      };
      const folded = entry => entry.folded ??= fold(texts(entry));

      // Words and "phrases", all of which must be there; a - before one: must not.
      const parse = text => [...text.matchAll(/(-?)(?:"([^"]*)"?|([^\s"]+))/g)]
        .map(found => ({ not: found[1] === "-", text: fold(found[2] ?? found[3] ?? "") }))
        .filter(word => word.text.length > 0);

      const matches = (entry, want) => {
        if (want.custodian && entry.c !== want.custodian) return false;
        if (want.type && entry.t !== want.type) return false;
        if (want.tag && !entry.g.includes(want.tag)) return false;
        if (want.mark && !entry.x.includes(want.mark)) return false;
        const day = entry.d.slice(0, 10);
        if (want.from && (!day || day < want.from)) return false;
        if (want.to && (!day || day > want.to)) return false;
        return want.words.every(word => folded(entry).includes(word.text) !== word.not);
      };

      const wanted = () => {
        const want = Object.fromEntries(new FormData(form));
        want.words = parse(want.q || "");
        return want;
      };

      const search = (first = false) => {
        round += 1;
        const want = wanted(), found = [], keep = shown[chosen];
        words = want.words.filter(word => !word.not).map(word => word.text);
        remember();
        chosen = -1;
        walk(documents, entry => { if (matches(entry, want)) found.push(entry); }, (count, ended) => {
          status.textContent = (ended ? "" : "Searching " + count.toLocaleString("en") + " of "
            + documents.length.toLocaleString("en") + "; ")
            + plural(found.length, "document") + (ended ? " of " + documents.length.toLocaleString("en") : "");
          shown = found;
          if (ended && !shown.length) {
            pane.replaceChildren(element("p", "No document matches."));
          } else if (ended) {
            // What was chosen while the search went on stays; else what was asked for or chosen before.
            const number = first || keep?.n;
            if (chosen < 0) chosen = Math.max(0, shown.findIndex(entry => entry.n === number));
            choose(chosen);
          }
          draw();
        });
      };

      // Only the rows in sight exist.
      const draw = () => {
        rows.style.height = shown.length * rowHeight + "px";
        const top = Math.max(0, Math.floor(list.scrollTop / rowHeight) - 5);
        const end = Math.min(shown.length, top + Math.ceil(list.clientHeight / rowHeight) + 10);
        const made = [];
        for (let index = top; index < end; index += 1) {
          const entry = shown[index], row = element("div", undefined, "row");
          row.id = "row-" + index;
          row.setAttribute("role", "option");
          row.setAttribute("aria-selected", index === chosen);
          row.setAttribute("aria-posinset", index + 1);
          row.setAttribute("aria-setsize", shown.length);
          row.style.top = index * rowHeight + "px";
          const head = element("div", undefined, "head");
          head.append(element("b", entry.n), element("span", entry.d.slice(0, 16).replace("T", " ")));
          for (const mark of entry.x) head.append(element("em", marks[mark]));
          const line = element("div", (entry.p ? "\u21B3 " : "") + (entry.s || "Untitled") + " \u00B7 " + entry.c, "line");
          line.dir = "auto";
          row.append(head, line);
          row.addEventListener("click", () => choose(index));
          made.push(row);
        }
        rows.replaceChildren(...made);
        if (chosen >= 0) list.setAttribute("aria-activedescendant", "row-" + chosen);
        else list.removeAttribute("aria-activedescendant");
      };

      const choose = index => {
        if (!shown.length) return;
        chosen = Math.min(shown.length - 1, Math.max(0, index));
        const top = chosen * rowHeight;
        if (top < list.scrollTop) list.scrollTop = top;
        else if (top + rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + rowHeight - list.clientHeight;
        show(shown[chosen]);
        remember();
        draw();
      };

      const go = number => {
        const index = shown.findIndex(entry => entry.n === number);
        if (index >= 0) return choose(index);
        for (const field of form.elements) if (field.name) field.value = "";
        search(number);
      };

      // Marks what was searched for; text whose letters change by folding stays unmarked.
      const marked = text => {
        const part = document.createDocumentFragment(), plain = visible(text), low = plain.toLowerCase();
        let from = 0;
        while (words.length && low.length === plain.length) {
          let next = -1, length = 0;
          for (const word of words) {
            const place = low.indexOf(word, from);
            if (place >= 0 && (next < 0 || place < next || (place === next && word.length > length))) {
              next = place;
              length = word.length;
            }
          }
          if (next < 0) break;
          const mark = document.createElement("mark");
          mark.textContent = plain.slice(next, next + length);
          part.append(plain.slice(from, next), mark);
          from = next + length;
        }
        part.append(plain.slice(from));
        return part;
      };
      const body = (name, text, kind) => {
        const made = element(name, undefined, kind);
        made.dir = "auto";
        made.append(marked(text));
        return made;
      };
      const button = number => {
        const made = element("button", number);
        made.type = "button";
        made.addEventListener("click", () => go(number));
        return made;
      };

      const show = entry => {
        const made = [body("h2", entry.s || "Untitled")], table = element("table");
        const line = (name, ...values) => {
          if (!values.some(value => value !== "")) return;
          const row = element("tr"), cell = element("td");
          const head = element("th", name);
          head.scope = "row";
          cell.dir = "auto";
          cell.append(...values);
          row.append(head, cell);
          table.append(row);
        };
        line("Number", entry.n);
        line("Type", entry.t);
        line("Custodian", marked(entry.c).textContent);
        line("Time", entry.d);
        line("Tags", visible(entry.g.join("; ")));
        line("State", entry.x.map(mark => marks[mark]).join(", "));
        line("Exceptions", entry.e.join("; "));
        if (entry.p) line("Belongs to", button(entry.p));
        line("Files", ...entry.l.flatMap(path => {
          const link = element("a", path);
          link.href = path.split("/").map(encodeURIComponent).join("/");
          return [link, " "];
        }));
        made.push(table);
        for (const event of entry.v || []) {
          const article = element("article"), head = element("h3");
          head.append(element("span", event.t, "time"), " ", marked(event.s));
          for (const mark of event.m) head.append(" ", element("strong", "[" + mark + "]"));
          article.append(head);
          for (const [label, text] of event.b) {
            if (label) article.append(element("p", "[" + label + "]", "label"));
            if (text.trim()) article.append(body("div", text, "body"));
          }
          for (const [name, number] of event.f) {
            const line = body("p", "[attachment: " + name + "] ", "label");
            line.append(button(number));
            article.append(line);
          }
          made.push(article);
        }
        if (entry.b) made.push(body("div", entry.b, "body"));
        pane.replaceChildren(...made);
        pane.scrollTop = 0;
        hits = [...pane.querySelectorAll("mark")];
        hit = -1;
      };

      const jump = by => {
        if (!hits.length) return;
        if (hit >= 0) hits[hit].classList.remove("now");
        hit = (hit + by + hits.length) % hits.length;
        hits[hit].classList.add("now");
        hits[hit].scrollIntoView({ block: "center" });
      };

      // The address keeps the view, so that it can be noted and opened again.
      const remember = () => {
        const state = new URLSearchParams();
        for (const [name, value] of new FormData(form)) if (value) state.set(name, value);
        if (shown[chosen]) state.set("doc", shown[chosen].n);
        try { history.replaceState(null, "", "#" + state); } catch { /* Some browsers refuse it for files. */ }
      };
      const recall = () => {
        const state = new URLSearchParams(location.hash.slice(1));
        for (const field of form.elements) if (field.name) field.value = state.get(field.name) ?? "";
        return state.get("doc");
      };

      const options = (name, values) => {
        const field = form.elements[name];
        for (const [value, count] of [...values].sort((one, other) => one[0] < other[0] ? -1 : 1)) {
          const option = element("option", value + " (" + count.toLocaleString("en") + ")");
          option.value = value;
          field.append(option);
        }
        field.closest("label").hidden = values.size < 2 && name !== "tag" || values.size === 0;
      };

      const begin = () => {
        const custodians = new Map(), types = new Map(), tags = new Map();
        const count = (map, key) => map.set(key, (map.get(key) || 0) + 1);
        const blocks = [...document.querySelectorAll('script[type="application/json"]')];
        walk(blocks, block => {
          for (const entry of JSON.parse(block.textContent)) {
            documents.push(entry);
            count(custodians, entry.c);
            count(types, entry.t);
            for (const tag of entry.g) count(tags, tag);
          }
          block.remove();
        }, (done, ended) => {
          status.textContent = "Loading " + done.toLocaleString("en") + " of " + blocks.length.toLocaleString("en");
          if (!ended) return;
          options("custodian", custodians);
          options("type", types);
          options("tag", tags);
          const first = recall();
          search(first || documents[0]?.n);
        });
      };

      let waiting;
      form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 150); });
      form.addEventListener("submit", event => { event.preventDefault(); search(); list.focus(); });
      form.addEventListener("reset", () => setTimeout(search, 0));
      list.addEventListener("scroll", () => requestAnimationFrame(draw));
      addEventListener("resize", draw);
      addEventListener("hashchange", () => search(recall()));
      addEventListener("keydown", event => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const field = event.target.closest("input, select");
        if (event.key === "Escape") { help.open = false; list.focus(); return; }
        if (field) return;
        const page = Math.max(1, Math.floor(list.clientHeight / rowHeight) - 1);
        const inList = event.target === list;
        const moves = {
          j: 1, k: -1, ...(inList && { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page,
            Home: -shown.length, End: shown.length })
        };
        if (event.key in moves) choose(chosen + moves[event.key]);
        else if (event.key === "Enter" && inList) pane.focus();
        else if (event.key === "/") form.elements.q.focus();
        else if (event.key === "n") jump(1);
        else if (event.key === "p") jump(-1);
        else if (event.key === "?") help.open = !help.open;
        else return;
        event.preventDefault();
      });
      begin();
    })();

    """#

  static let style = """
    :root { color-scheme: light dark; }
    * { box-sizing: border-box; }
    body { display: grid; font-family: sans-serif; grid-template: auto 1fr / minmax(18em, 26em) 1fr;
      height: 100vh; margin: 0; }
    header { border-bottom: 1px solid GrayText; grid-column: 1 / 3; padding: 0.5em 1em; }
    h1 { display: inline; font-size: 1.1em; margin-right: 1em; }
    form { display: inline-flex; flex-wrap: wrap; gap: 0.3em 1em; }
    details { display: inline-block; margin-left: 1em; vertical-align: top; }
    #status { margin: 0.3em 0 0; }
    #list { border-right: 1px solid GrayText; overflow: auto; position: relative; }
    #list:focus-visible, #document:focus-visible { outline: 2px solid Highlight; outline-offset: -2px; }
    #rows { position: relative; }
    .row { border-bottom: 1px solid GrayText; cursor: default; height: 46px; left: 0; overflow: hidden;
      padding: 0.2em 0.6em; position: absolute; right: 0; white-space: nowrap; }
    .row[aria-selected=true] { background: Highlight; color: HighlightText; }
    .head { display: flex; gap: 0.8em; }
    .line { overflow: hidden; text-overflow: ellipsis; }
    #document { overflow: auto; padding: 0 1em 2em; }
    h2 { font-size: 1.2em; overflow-wrap: anywhere; }
    h3 { font-size: 1em; margin: 0 0 0.3em; }
    th { font-weight: normal; padding-right: 1em; text-align: left; vertical-align: top; }
    td { overflow-wrap: anywhere; }
    article { border-top: 1px solid GrayText; padding: 0.6em 0; }
    .time { font-weight: normal; }
    .body { overflow-wrap: anywhere; white-space: pre-wrap; }
    .label { margin: 0.3em 0; }
    mark.now { outline: 2px solid; }
    @media (max-width: 45em) {
      body { grid-template: auto 35vh 1fr / 1fr; }
      header { grid-column: 1; }
      #list { border-bottom: 1px solid GrayText; border-right: 0; }
    }
    @media print {
      body { display: block; height: auto; }
      header, #list { display: none; }
      #document { overflow: visible; padding: 0; }
    }

    """

  // The characters of ``unseenRanges`` as a class of a regular expression.
  private static let unseenClass = unseenRanges.map { range in
    "\\u{" + String(range.lowerBound, radix: 16) + "}-\\u{" + String(range.upperBound, radix: 16)
      + "}"
  }.joined()
}
