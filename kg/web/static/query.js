// The query page works without this. With it, Ctrl+Enter (or Command+Enter) runs the query, and after an error the caret stands at the fault.
"use strict";
(() => {
  const field = document.getElementById("query");
  const trouble = document.getElementById("trouble");
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      field.form.requestSubmit();
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
