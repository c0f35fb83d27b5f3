const percent = (n: number) => `${n} %`;

const EN = {
  title: "Watch it run",
  programs: "Programs",
  kind: "Written in",
  own: "Your own commands",
  commands:
    "A command in each line; the first is the server. For UDP with port 9999 (in Python: as an argument), a network stands between them that you can set.",
  start: "Start",
  stop: "Stop",
  ready:
    "Choose programs and press Start. You can type to them, and each step is shown below as it happens.",
  running:
    "The programs run. The player follows the newest step, unless you go back.",
  over: {
    end: () => "All programs have ended.",
    stop: () => "The programs were stopped.",
    limit: (s: number) => `The programs were stopped after ${s} s.`,
    "too much": () =>
      "The programs were stopped: they did more than can be shown.",
  },
  noServer:
    "No connection to deno task watch; the page tries again. If it has ended, start it again and open the new address.",
  network: "The network between client and server",
  conditions: { loss: "Loss", duplication: "Duplicated", delay: "Delay" },
  amount: {
    loss: percent,
    duplication: percent,
    delay: (ms: number) => `${ms / 1000} s`,
  },
  input: (name: string) => `Type to: ${name}`,
  placeholder: "Standard input",
  enter: "Enter",
  interrupt: "Interrupts the program (SIGINT)",
  endInput: "Ends the program's standard input",
  runs: "runs",
  ended: "ended",
  notStarted: "not started",
  choices: {
    "typed-tcp": "Type names yourself: TCP",
    "typed-udp": "Type names yourself: UDP",
    exchange: "An HTTP exchange",
    conversation: "Three names and their greetings",
    "two-clients": "Two clients at once",
    crash: "A reset while the server writes",
    sticks: "Two writes in one read",
    halves: "A greeting in two halves",
    "half-close": "A long name, and half-close",
    ask: "Three names over UDP",
    lost: "A datagram that is lost",
    late: "A response that is late",
    "early-reset": "A reset before accept",
    drain: "Press Ctrl-C while a client is served",
  },
};

const ZH: typeof EN = {
  title: "看程序运行",
  programs: "程序",
  kind: "版本",
  own: "自己的命令",
  commands:
    "每行一条命令，第一行是服务器。程序用 UDP 端口 9999 通信时（Python 程序要把端口写成参数），之间有一个模拟的网络，可以在这里设置。",
  start: "启动",
  stop: "停止",
  ready: "选择程序，再按“启动”。可以给程序输入内容，每一步会实时显示在下面。",
  running: "程序正在运行。播放器停在最新一步时会一直跟随，后退就不再跟随。",
  over: {
    end: () => "所有程序都已退出。",
    stop: () => "程序已停止。",
    limit: (s) => `程序运行了 ${s} 秒，已被停止。`,
    "too much": () => "程序已被停止：步数太多，显示不下。",
  },
  noServer:
    "与 deno task watch 的连接已断开，正在重试。如果它已经退出，请重新启动，再打开新的地址。",
  network: "客户端和服务器之间的网络",
  conditions: { loss: "丢包", duplication: "重复", delay: "延迟" },
  amount: {
    loss: percent,
    duplication: percent,
    delay: (ms) => `${ms / 1000} 秒`,
  },
  input: (name) => `输入给：${name}`,
  placeholder: "标准输入",
  enter: "回车",
  interrupt: "中断程序（SIGINT）",
  endInput: "结束程序的标准输入",
  runs: "运行中",
  ended: "已退出",
  notStarted: "未启动",
  choices: {
    "typed-tcp": "自己输入名字：TCP",
    "typed-udp": "自己输入名字：UDP",
    exchange: "一次 HTTP 请求和响应",
    conversation: "三个名字和对应的问候",
    "two-clients": "同时有两个客户端",
    crash: "服务器写数据时连接被重置",
    sticks: "两次写，一次读",
    halves: "问候分成两半到达",
    "half-close": "很长的名字和半关闭",
    ask: "通过 UDP 发送三个名字",
    lost: "数据报丢失",
    late: "迟到的响应",
    "early-reset": "accept 之前连接被重置",
    drain: "正在服务客户端时按 Ctrl-C",
  },
};

/** The words of the page of `deno task watch` in each language. */
export const WATCH_WORDS = { en: EN, zh: ZH };
