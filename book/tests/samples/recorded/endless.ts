console.log("It runs");
setInterval(() => {}, 50);
