"use strict";

const COLOURS = ["#000000", "#0074d9", "#ff4136", "#2ecc40", "#ffdc00", "#aaaaaa", "#f012be", "#ff851b", "#7fdbff", "#870c25"];
const MOST_SIDE = 30;
const MOST_STATES = 60; // drawn at once
const find = (id) => document.getElementById(id);

let task = { train: [], test: [] };
let colour = 1; // that a click paints
let picking = null; // the task that is on its way
let running = null; // stops the search under way
let outcome = null;
let step = 0;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function say(message) {
  find("message").textContent = message || "";
  find("message").hidden = !message;
}

async function ask(path, options) {
  const answer = await fetch(path, options);
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Error(told.error || `The explorer answered ${answer.status}. Look at its terminal.`);
}

// A button's work: what goes wrong is said, nothing is lost.
const trying = (work) => async (event) => {
  if (event) event.preventDefault();
  say("");
  try {
    await work(event);
  } catch (error) {
    if (error.name !== "AbortError") say(error.message === "Failed to fetch" ? "The explorer has ended. Start it again." : error.message);
  }
};

function draw(canvas, grid, cursor, side = 150) {
  const [rows, columns] = [grid.length, grid[0].length];
  const cell = Math.max(4, Math.min(22, Math.floor(side / Math.max(rows, columns))));
  const scale = window.devicePixelRatio || 1;
  canvas.width = (columns * cell + 1) * scale;
  canvas.height = (rows * cell + 1) * scale;
  canvas.style.width = `${columns * cell + 1}px`;
  canvas.style.height = `${rows * cell + 1}px`;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.fillStyle = "#6b6b6b";
  pen.fillRect(0, 0, columns * cell + 1, rows * cell + 1);
  grid.forEach((line, row) => line.forEach((value, column) => {
    pen.fillStyle = COLOURS[value];
    pen.fillRect(column * cell + 1, row * cell + 1, cell - 1, cell - 1);
  }));
  if (cursor) {
    pen.strokeStyle = "#ffffff";
    pen.lineWidth = 2;
    pen.strokeRect(cursor[1] * cell + 1, cursor[0] * cell + 1, cell - 1, cell - 1);
    pen.setLineDash([3, 3]);
    pen.strokeStyle = "#000000";
    pen.strokeRect(cursor[1] * cell + 1, cursor[0] * cell + 1, cell - 1, cell - 1);
  }
  canvas.cell = cell;
}

function picture(grid, words, side) {
  const canvas = element("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${words}: ${grid.length} rows of ${grid[0].length}`);
  draw(canvas, grid, null, side);
  return canvas;
}

// A grid that can be changed in place, by mouse and by keys.
function editor(grid, words) {
  const canvas = element("canvas", { tabIndex: 0 });
  canvas.setAttribute("role", "application");
  let at = [0, 0];
  const show = () => {
    draw(canvas, grid, document.activeElement === canvas ? at : null);
    canvas.setAttribute("aria-label", `${words}, row ${at[0] + 1}, column ${at[1] + 1}, colour ${grid[at[0]][at[1]]}`);
  };
  const paint = (event) => {
    const [row, column] = [event.offsetY, event.offsetX].map((place) => Math.floor(place / canvas.cell));
    if (grid[row] === undefined || grid[row][column] === undefined) return;
    at = [row, column];
    grid[row][column] = colour;
    changed();
    show();
  };
  canvas.addEventListener("pointerdown", paint);
  canvas.addEventListener("pointermove", (event) => event.buttons && paint(event));
  canvas.addEventListener("focus", show);
  canvas.addEventListener("blur", show);
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key in moves) {
      at = [0, 1].map((axis) => Math.max(0, Math.min([grid.length, grid[0].length][axis] - 1, at[axis] + moves[event.key][axis])));
    } else if (/^[0-9]$/.test(event.key)) {
      grid[at[0]][at[1]] = Number(event.key);
      changed();
    } else return;
    event.preventDefault();
    event.stopPropagation();
    show();
  });
  const resize = (rows, columns) => {
    const before = grid.map((line) => line.slice());
    grid.length = 0;
    for (let row = 0; row < rows; row++) {
      grid.push(Array.from({ length: columns }, (_, column) => (before[row] || [])[column] || 0));
    }
    at = [Math.min(at[0], rows - 1), Math.min(at[1], columns - 1)];
    changed();
    show();
  };
  const number = (value, name) => {
    const input = element("input", { type: "number", min: 1, max: MOST_SIDE, value });
    input.setAttribute("aria-label", `${name} of ${words}`);
    return input;
  };
  const rows = number(grid.length, "rows"), columns = number(grid[0].length, "columns");
  const sized = trying(() => {
    const sides = [rows, columns].map((input) => Number(input.value));
    if (!sides.every((side) => Number.isInteger(side) && side >= 1 && side <= MOST_SIDE)) {
      throw new Error(`Grids have 1 to ${MOST_SIDE} rows and columns, not ${rows.value} and ${columns.value}.`);
    }
    resize(...sides);
  });
  rows.addEventListener("change", sized);
  columns.addEventListener("change", sized);
  show();
  return element("div", {}, element("span", { className: "soft", textContent: words }), canvas, element("div", { className: "size" }, rows, "×", columns));
}

// What was found belongs to the task as it was.
function changed() {
  find("chances").replaceChildren();
  forget();
}

function forget() {
  find("states").replaceChildren();
  find("progress").textContent = "";
  find("replay").hidden = true;
  outcome = null;
  if (running) running.abort();
}

function show(shown) {
  picking = null;
  task = shown;
  changed();
  const cards = task.train.map((pair, place) => element("div", { className: "pair card" },
    element("h3", { textContent: `Pair ${place + 1}` }), editor(pair.input, `input ${place + 1}`), editor(pair.output, `output ${place + 1}`)));
  const tests = task.test.map((test, place) => element("div", { className: "pair card" },
    element("h3", { textContent: `Test ${place + 1}` }), editor(test.input, `test input ${place + 1}`)));
  find("pairs").replaceChildren(...cards, ...tests);
}

const blank = () => [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
const body = () => ({ method: "POST", body: JSON.stringify(task) });

// The task picked last counts, whatever order the answers come in; what is asked of it waits for it.
function pick(id) {
  find("task").value = id;
  const picked = (async () => {
    const found = await (await ask(`api/task/${encodeURIComponent(id)}`)).json();
    if (picking === picked) show(found);
  })();
  picking = picked;
  return picked;
}

async function paste() {
  let pasted;
  try {
    pasted = JSON.parse(find("json").value);
  } catch (error) {
    throw new Error(`This is no JSON: ${error.message}. A task is {"train": [{"input": grid, "output": grid}, ...], "test": [{"input": grid}, ...]}.`);
  }
  await ask("api/check", { method: "POST", body: JSON.stringify(pasted) });
  find("task").value = "";
  show({ train: pasted.train, test: pasted.test });
}

async function askGuide() {
  await picking;
  const found = await (await ask("api/guide", body())).json();
  const rows = found.flatMap(({ name, probability }) => {
    const inner = element("i");
    const bar = element("span", { className: "bar" }, inner);
    bar.style.setProperty("--share", probability);
    return [element("span", { className: "name", textContent: name }), bar, element("span", { textContent: probability.toFixed(2) })];
  });
  find("chances").replaceChildren(...rows);
}

function showState({ program, grid }) {
  const words = program.join(" → ") || "input";
  find("states").prepend(element("div", { className: "state" }, picture(grid, words, 90), element("span", { textContent: words })));
  while (find("states").childElementCount > MOST_STATES) find("states").lastElementChild.remove();
}

const plain = (value) => value.toLocaleString("en");

async function search() {
  await picking;
  forget();
  const control = running = new AbortController();
  find("stop").disabled = false;
  try {
    const query = new URLSearchParams({ prior: find("prior").value, nodes: find("nodes").value });
    const answer = await ask(`api/search?${query}`, { ...body(), signal: control.signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (text + value).split("\n");
      text = lines.pop();
      lines.map((line) => JSON.parse(line)).forEach(told);
    }
  } finally {
    if (running === control) running = null;
    find("stop").disabled = true;
  }
}

function told(event) {
  if (event.error) throw new Error(event.error);
  if (event.state) showState(event.state);
  if (event.progress) find("progress").textContent = `${plain(event.progress.nodes)} nodes, ${plain(event.progress.states)} states, ${event.progress.seconds.toFixed(1)} s`;
  if (event.outcome) finished(event.outcome);
}

function finished(found) {
  const spent = `${plain(found.nodes)} nodes, ${plain(found.states)} states, ${found.seconds.toFixed(2)} s`;
  const ends = { answered: "Two different answers found", exhausted: "Every program within the length was tried", nodes: "The nodes are spent", seconds: "The time is up", memory: "The memory is spent" };
  const count = found.candidates.length;
  find("progress").textContent = `${ends[found.stopped]}: ${spent}. ${count ? `${count} program${count > 1 ? "s" : ""} explain${count > 1 ? "" : "s"} the pairs.` : "No program explains the pairs."}`;
  if (!count) return;
  outcome = found;
  find("candidate").replaceChildren(...found.candidates.map((each, place) => element("option", { value: place, textContent: each.steps.join(" → ") || "(unchanged)" })));
  find("replay").hidden = false;
  go(0);
}

function go(to) {
  if (!outcome) return;
  const { steps, states } = outcome.candidates[find("candidate").value];
  step = Math.max(0, Math.min(steps.length, to));
  find("step").textContent = `Step ${step} of ${steps.length}: ${step ? steps[step - 1] : "input"}`;
  const pairs = task.train.length;
  find("frames").replaceChildren(...states.map((row, place) => {
    const name = place < pairs ? `Pair ${place + 1}` : `Test ${place - pairs + 1}`;
    const grid = row[Math.min(step, row.length - 1)];
    const truth = place < pairs ? task.train[place].output : (task.test[place - pairs] || {}).output;
    const canvas = picture(grid, name);
    const right = truth && JSON.stringify(truth) === JSON.stringify(grid);
    if (right) canvas.className = "right";
    return element("div", {}, element("span", { className: "soft", textContent: right ? `${name} ✓ output` : name }), canvas);
  }));
  find("back").disabled = step === 0;
  find("on").disabled = step === steps.length;
}

async function begin() {
  COLOURS.forEach((shade, value) => {
    const button = element("button", { type: "button" });
    button.style.background = shade;
    button.setAttribute("aria-label", `colour ${value}`);
    button.setAttribute("aria-pressed", value === colour);
    button.addEventListener("click", () => {
      colour = value;
      [...find("palette").children].forEach((each, place) => each.setAttribute("aria-pressed", place === value));
    });
    find("palette").append(button);
  });
  const { tasks, priors } = await (await ask("api/tasks")).json();
  find("tasks").replaceChildren(...tasks.map((id) => element("option", { value: id })));
  find("prior").replaceChildren(...priors.map((name) => element("option", { value: name, textContent: name })));
  find("ask").disabled = !priors.includes("guide");
  if (find("ask").disabled) find("chances").textContent = "No guide was named when the explorer was started.";
  find("any").addEventListener("click", trying(() => pick(tasks[Math.floor(Math.random() * tasks.length)])));
  const untouched = !picking && !task.train.length && !find("task").value;
  if (tasks.length && untouched) await pick(tasks[0]); // a person may be faster than the list of tasks
}

find("pick").addEventListener("submit", trying(() => pick(find("task").value.trim())));
find("paste").addEventListener("submit", trying(paste));
find("draw").addEventListener("click", trying(() => {
  find("task").value = "";
  show({ train: [{ input: blank(), output: blank() }], test: [{ input: blank() }] });
  document.querySelector("#pairs canvas").focus();
}));
find("more").addEventListener("click", trying(() => show({ ...task, train: [...task.train, { input: blank(), output: blank() }] })));
find("fewer").addEventListener("click", trying(() => {
  if (task.train.length < 2) throw new Error("A task has at least one pair.");
  show({ ...task, train: task.train.slice(0, -1) });
}));
find("ask").addEventListener("click", trying(askGuide));
find("search").addEventListener("submit", trying(search));
find("stop").addEventListener("click", () => running && running.abort());
find("candidate").addEventListener("change", () => go(0));
find("back").addEventListener("click", () => go(step - 1));
find("on").addEventListener("click", () => go(step + 1));
document.addEventListener("keydown", (event) => {
  if (!outcome || /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
  if (event.key === "ArrowLeft") go(step - 1);
  if (event.key === "ArrowRight") go(step + 1);
});
trying(begin)();
