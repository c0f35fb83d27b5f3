import {
  definePlugin,
  type ExpressiveCodePlugin,
} from "@astrojs/starlight/expressive-code";
import {
  addClassName,
  h,
  select,
  setProperty,
} from "@astrojs/starlight/expressive-code/hast";
import { commandsOf, terminalLines } from "./terminal.ts";

/**
 * Terminals: what was typed stands out from what came out, the prompts cannot be
 * selected, and the button copies the commands alone.
 */
export function terminals(): ExpressiveCodePlugin {
  const linesOf = ({ code }: { code: string }) => code.split("\n");
  return definePlugin({
    name: "Terminals",
    hooks: {
      postprocessRenderedLine({ codeBlock, lineIndex, renderData }) {
        if (!codeBlock.metaOptions.getBoolean("terminal")) return;
        const line = terminalLines(linesOf(codeBlock))[lineIndex];
        if (line === undefined) return;
        addClassName(renderData.lineAst, line.kind);
        if (line.prompt === 0) return;
        const code = select(".code", renderData.lineAst);
        const text = codeBlock.getLine(lineIndex)?.text ?? "";
        code?.children.splice(
          0,
          code.children.length,
          h("span.prompt", text.slice(0, line.prompt)),
          h("span", words(text.slice(line.prompt))),
        );
      },
      postprocessRenderedBlock({ codeBlock, renderData }) {
        if (!codeBlock.metaOptions.getBoolean("terminal")) return;
        const button = select("[data-code]", renderData.blockAst);
        if (!button) return;
        // The button takes this character for the end of a line.
        const commands = commandsOf(linesOf(codeBlock));
        setProperty(button, "dataCode", commands.replaceAll("\n", "\x7F"));
      },
    },
  });
}

/** A command, with each word that has a hyphen in an element of its own, quotes too. */
function words(command: string) {
  return command.split(/("[^"]*-[^"]*"|[^\s"']*-[^\s"']*)/).map((part, i) =>
    i % 2 === 1 ? h("span.word", part) : part
  );
}

/** Listings: the name of the file leads to the lines in it. */
export function sourceLinks(): ExpressiveCodePlugin {
  return definePlugin({
    name: "Source links",
    hooks: {
      postprocessRenderedBlock({ codeBlock, renderData }) {
        const source = codeBlock.metaOptions.getString("source");
        const title = select(".title", renderData.blockAst);
        if (source === undefined || !title) return;
        const lines = codeBlock.metaOptions.getString("lines");
        title.children = [h("a", { href: source }, title.children)];
        if (lines !== undefined) title.children.push(h("span.lines", lines));
      },
    },
  });
}

/** Whole files: each line has an anchor, `L1` and so on. */
export function lineAnchors(): ExpressiveCodePlugin {
  return definePlugin({
    name: "Line anchors",
    hooks: {
      postprocessRenderedLine({ codeBlock, lineIndex, renderData }) {
        if (!codeBlock.metaOptions.getBoolean("anchors")) return;
        setProperty(renderData.lineAst, "id", `L${lineIndex + 1}`);
      },
    },
  });
}
