console.log(Deno.pid, Deno.ppid);
setInterval(() => {}, 1_000_000);
