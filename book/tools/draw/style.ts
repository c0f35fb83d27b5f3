/**
 * The style of a picture, for light and dark. The picture has a background of its
 * own, so that it can be read on any page, and so have words that a line crosses.
 */
export const STYLE = `
.ground { fill: #ffffff; stroke: #d0d7de }
.side { stroke: #8c959f; stroke-width: 1.5 }
.pause { stroke: #8c959f; stroke-width: 1.5; stroke-dasharray: 2 5 }
text { text-anchor: middle }
.name { font: 600 15px system-ui, sans-serif; fill: #1f2328 }
.address { font: 12px ui-monospace, monospace; fill: #59636e }
.word { font: 13px system-ui, sans-serif; fill: #59636e }
.label { font: 13px ui-monospace, monospace; fill: #1f2328 }
.count { fill: #59636e }
.word, .label { paint-order: stroke; stroke: #ffffff; stroke-width: 5 }
.client { stroke: #0969da; fill: #0969da }
.server { stroke: #8250df; fill: #8250df }
.arrow { stroke-width: 1.75; fill: none }
.tip { stroke: none }
.faint { stroke-dasharray: 6 4 }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; stroke: #30363d }
  .side, .pause { stroke: #6e7681 }
  .name, .label { fill: #e6edf3 }
  .address, .word, .count { fill: #9198a1 }
  .word, .label { stroke: #0d1117 }
  .client { stroke: #4493f8; fill: #4493f8 }
  .server { stroke: #ab7df8; fill: #ab7df8 }
  .arrow { fill: none }
}
`;
