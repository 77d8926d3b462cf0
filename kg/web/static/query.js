// The query page works without this. With it: Ctrl+Enter (or Command+Enter) runs the query; after an error the caret stands at the
// fault; and where lg: is being typed, the ontology's terms are offered (arrow keys choose, Enter or Tab takes, Escape closes).
"use strict";
(() => {
  const field = document.getElementById("query");
  const trouble = document.getElementById("trouble");
  const list = document.getElementById("terms");
  const terms = JSON.parse(document.getElementById("term-data").textContent);
  let active = -1;

  // What stands before the caret as the beginning of one of our terms, or null.
  const begun = () => {
    if (field.selectionStart !== field.selectionEnd) return null;
    const found = /(?:^|[^\w:<])lg:(\w*)$/.exec(field.value.slice(0, field.selectionStart));
    return found && found[1];
  };
  const close = () => {
    list.replaceChildren();
    list.hidden = true;
    active = -1;
    field.removeAttribute("aria-activedescendant");
  };
  const choose = (index) => {
    const options = list.children;
    active = (index + options.length) % options.length;
    [...options].forEach((option, number) => option.setAttribute("aria-selected", String(number === active)));
    field.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  };
  const take = (name) => {
    const start = field.selectionStart - begun().length;
    field.setRangeText(name, start, field.selectionStart, "end");
    if (!/prefix\s+lg:/i.test(field.value)) {
      const line = `PREFIX lg: <${list.dataset.namespace}>\n`;
      field.setRangeText(line, 0, 0, "preserve");
    }
    close();
    field.focus();
  };
  const offer = () => {
    const typed = begun();
    close();
    if (typed === null) return;
    const wanted = typed.toLowerCase();
    const fits = terms.filter(([name]) => name.toLowerCase().includes(wanted) && name !== typed);
    const rank = ([name]) => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
    fits.sort((a, b) => rank(a) - rank(b) || a[0].localeCompare(b[0]));
    fits.slice(0, 12).forEach(([name, label], number) => {
      const option = document.createElement("li");
      option.id = `term-${number}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.append(Object.assign(document.createElement("code"), { textContent: `lg:${name}` }), ` ${label}`);
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(name);
      });
      option.dataset.name = name;
      list.append(option);
    });
    list.hidden = !list.children.length;
  };

  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", "terms");
  field.addEventListener("input", offer);
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      field.form.requestSubmit();
    } else if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose(active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1));
    } else if (active >= 0 && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      take(list.children[active].dataset.name);
    } else if (event.key === "Escape") {
      close();
    }
  });

  const line = Number(trouble && trouble.dataset.line);
  if (line) {
    // Lines and columns count from 1; columns are code points, positions in a field are UTF-16 units.
    const lines = field.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    const column = Math.max(0, Number(trouble.dataset.column || 1) - 1);
    const place = before + [...(lines[line - 1] || "")].slice(0, column).join("").length;
    field.focus();
    field.setSelectionRange(place, place);
  }
})();
