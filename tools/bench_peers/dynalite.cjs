// dynalite, in memory, on a free port of 127.0.0.1 (its own command listens on every address). Prints where.
const server = require("dynalite")({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
