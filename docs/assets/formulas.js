// Sets every formula of a page (pymdownx.arithmatex marks them) with KaTeX, which lies beside this.
document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll(".arithmatex")) {
    const source = place.textContent.trim().slice(2, -2);
    katex.render(source, place, { displayMode: place.tagName === "DIV", throwOnError: false });
  }
});
