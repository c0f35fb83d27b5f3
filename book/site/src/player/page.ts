/** The book tells the player its language; on a page alone it is the reader's own. */
if (navigator.language.startsWith("zh")) {
  document.documentElement.lang = "zh-CN";
}
