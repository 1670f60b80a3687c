// The theme draws the charts (every canvas.chart); here they take the page's own colours, also when these change.
"use strict";

{
  const takeColours = () => {
    const style = getComputedStyle(document.documentElement);
    Chart.defaults.color = style.getPropertyValue("--bo-text").trim();
    Chart.defaults.borderColor = style.getPropertyValue("--bo-line").trim();
  };
  // Before the theme's own observer, which draws anew.
  new MutationObserver(takeColours).observe(document.documentElement, { attributeFilter: ["class"] });
  takeColours();
}
