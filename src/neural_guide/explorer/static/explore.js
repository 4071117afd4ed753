"use strict";

const COLOURS = ["#000000", "#0074d9", "#ff4136", "#2ecc40", "#ffdc00", "#aaaaaa", "#f012be", "#ff851b", "#7fdbff", "#870c25"];
const MAX_SIDE = 30;
const MAX_STATES = 60; // on the page
const MAX_WORDS = 6; // of a group that the guide expects
const MIN_PROBABILITY = 0.03; // of all but the first of them
const find = (id) => document.getElementById(id);

let task = { train: [], test: [] };
let colour = 1; // painted by a click
let pendingTask = null; // promise of the task that is loading
let runningSearch = null; // AbortController of the running search
let outcome = null;
let step = 0;

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function showMessage(message) {
  find("message").textContent = message || "";
  find("message").hidden = !message;
}

async function request(path, options) {
  const response = await fetch(path, options);
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Error(body.error || `The explorer answered ${response.status}. Look at its terminal.`);
}

// Event handler that shows the error of an action as a message.
const handle = (action) => async (event) => {
  if (event) event.preventDefault();
  showMessage("");
  try {
    await action(event);
  } catch (error) {
    if (error.name !== "AbortError") showMessage(error.message === "Failed to fetch" ? "The explorer has ended. Start it again." : error.message);
  }
};

// Lines between cells of different units, white with dark edges; a unit is a list of its cells, counted row by row.
function drawOutline(pen, rows, columns, cell, units) {
  const owners = new Map(units.flatMap((cells, unit) => cells.map((index) => [index, unit])));
  const getOwner = (row, column) => (row >= 0 && column >= 0 && column < columns ? owners.get(row * columns + column) : undefined);
  pen.beginPath();
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      const [x, y] = [column * cell + 0.5, row * cell + 0.5];
      for (const [other, end] of [[getOwner(row - 1, column), [x + cell, y]], [getOwner(row, column - 1), [x, y + cell]]]) {
        if (getOwner(row, column) === other) continue;
        pen.moveTo(x, y);
        pen.lineTo(...end);
      }
    }
  }
  const width = Math.max(1.5, Math.min(3, cell / 5));
  pen.lineCap = "square";
  for (const [shade, share] of [["#222222", 2], ["#ffffff", 1]]) {
    pen.strokeStyle = shade;
    pen.lineWidth = share * width;
    pen.stroke();
  }
}

// With a list of units, even an empty one, the picture has a margin for their lines: its size is that of the other steps.
function draw(canvas, grid, cursor, side = 150, units = null) {
  const [rows, columns] = [grid.length, grid[0].length];
  const cell = Math.max(4, Math.min(22, Math.floor(side / Math.max(rows, columns))));
  const scale = window.devicePixelRatio || 1;
  const margin = units ? 3 : 0;
  const [width, height] = [columns, rows].map((cells) => cells * cell + 1 + 2 * margin);
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.translate(margin, margin);
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
  if (units) drawOutline(pen, rows, columns, cell, units);
  canvas.cell = cell;
}

function createPicture(grid, label, side, units) {
  const canvas = element("canvas");
  canvas.setAttribute("role", "img");
  const outlined = units && units.length ? `, ${units.length} unit${units.length > 1 ? "s" : ""} outlined` : "";
  canvas.setAttribute("aria-label", `${label}: ${grid.length} rows of ${grid[0].length}${outlined}`);
  draw(canvas, grid, null, side, units);
  return canvas;
}

// Canvas that edits a grid in place, by mouse and keyboard.
function createEditor(grid, label) {
  const canvas = element("canvas", { tabIndex: 0 });
  canvas.setAttribute("role", "application");
  let cursor = [0, 0];
  const redraw = () => {
    draw(canvas, grid, document.activeElement === canvas ? cursor : null);
    canvas.setAttribute("aria-label", `${label}, row ${cursor[0] + 1}, column ${cursor[1] + 1}, colour ${grid[cursor[0]][cursor[1]]}`);
  };
  const paint = (event) => {
    const [row, column] = [event.offsetY, event.offsetX].map((offset) => Math.floor(offset / canvas.cell));
    if (grid[row] === undefined || grid[row][column] === undefined) return;
    cursor = [row, column];
    grid[row][column] = colour;
    discardResults();
    redraw();
  };
  canvas.addEventListener("pointerdown", paint);
  canvas.addEventListener("pointermove", (event) => event.buttons && paint(event));
  canvas.addEventListener("focus", redraw);
  canvas.addEventListener("blur", redraw);
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key in moves) {
      cursor = [0, 1].map((axis) => Math.max(0, Math.min([grid.length, grid[0].length][axis] - 1, cursor[axis] + moves[event.key][axis])));
    } else if (/^[0-9]$/.test(event.key)) {
      grid[cursor[0]][cursor[1]] = Number(event.key);
      discardResults();
    } else return;
    event.preventDefault();
    event.stopPropagation();
    redraw();
  });
  const resize = (rows, columns) => {
    const previous = grid.map((line) => line.slice());
    grid.length = 0;
    for (let row = 0; row < rows; row++) {
      grid.push(Array.from({ length: columns }, (_, column) => (previous[row] || [])[column] || 0));
    }
    cursor = [Math.min(cursor[0], rows - 1), Math.min(cursor[1], columns - 1)];
    discardResults();
    redraw();
  };
  const createSizeInput = (value, name) => {
    const input = element("input", { type: "number", min: 1, max: MAX_SIDE, value });
    input.setAttribute("aria-label", `${name} of ${label}`);
    return input;
  };
  const rows = createSizeInput(grid.length, "rows"), columns = createSizeInput(grid[0].length, "columns");
  const applySize = handle(() => {
    const sides = [rows, columns].map((input) => Number(input.value));
    if (!sides.every((side) => Number.isInteger(side) && side >= 1 && side <= MAX_SIDE)) {
      throw new Error(`Grids have 1 to ${MAX_SIDE} rows and columns, not ${rows.value} and ${columns.value}.`);
    }
    resize(...sides);
  });
  rows.addEventListener("change", applySize);
  columns.addEventListener("change", applySize);
  redraw();
  return element("div", {}, element("span", { className: "soft", textContent: label }), canvas, element("div", { className: "size" }, rows, "×", columns));
}

// Predictions and search results belong to the unchanged task.
function discardResults() {
  find("probabilities").replaceChildren();
  discardSearch();
}

function discardSearch() {
  find("states").replaceChildren();
  find("progress").textContent = "";
  find("replay").hidden = true;
  outcome = null;
  if (runningSearch) runningSearch.abort();
}

function showTask(shownTask) {
  pendingTask = null;
  task = shownTask;
  discardResults();
  const cards = task.train.map((pair, index) => element("div", { className: "pair card" },
    element("h3", { textContent: `Pair ${index + 1}` }), createEditor(pair.input, `input ${index + 1}`), createEditor(pair.output, `output ${index + 1}`)));
  const tests = task.test.map((test, index) => element("div", { className: "pair card" },
    element("h3", { textContent: `Test ${index + 1}` }), createEditor(test.input, `test input ${index + 1}`)));
  find("pairs").replaceChildren(...cards, ...tests);
}

const createBlank = () => [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
const createPost = () => ({ method: "POST", body: JSON.stringify(task) });

// Only the task picked last is shown, whatever the order of the responses; predictions and searches wait for it.
function pick(id) {
  find("task").value = id;
  const promise = (async () => {
    const loaded = await (await request(`api/task/${encodeURIComponent(id)}`)).json();
    if (pendingTask === promise) showTask(loaded);
  })();
  pendingTask = promise;
  return promise;
}

async function paste() {
  let pasted;
  try {
    pasted = JSON.parse(find("json").value);
  } catch (error) {
    throw new Error(`This is no JSON: ${error.message}. A task is {"train": [{"input": grid, "output": grid}, ...], "test": [{"input": grid}, ...]}.`);
  }
  await request("api/check", { method: "POST", body: JSON.stringify(pasted) });
  find("task").value = "";
  showTask({ train: pasted.train, test: pasted.test });
}

async function predict() {
  await pendingTask;
  const predictions = await (await request("api/guide", createPost())).json();
  const groups = new Map();
  for (const word of predictions) groups.set(word.group, [...(groups.get(word.group) || []), word]);
  const rows = [...groups].flatMap(([group, words]) => {
    if (groups.size === 1) return words.flatMap(createBar);
    const likely = words.filter(({ probability }, place) => place === 0 || (place < MAX_WORDS && probability >= MIN_PROBABILITY));
    return [element("h4", { className: "group", textContent: group }), ...likely.flatMap(createBar)];
  });
  find("probabilities").replaceChildren(...rows);
}

function createBar({ name, group, probability }) {
  const inner = element("i");
  const bar = element("span", { className: "bar" }, inner);
  bar.style.setProperty("--share", probability);
  const word = name.startsWith(`${group}: `) ? name.slice(group.length + 2) : name;
  return [element("span", { className: "name", textContent: word }), bar, element("span", { textContent: probability.toFixed(2) })];
}

function showState({ program, grid }) {
  const words = program.join(" → ") || "input";
  find("states").prepend(element("div", { className: "state" }, createPicture(grid, words, 90), element("span", { textContent: words })));
  while (find("states").childElementCount > MAX_STATES) find("states").lastElementChild.remove();
}

const formatNumber = (value) => value.toLocaleString("en");

async function search() {
  await pendingTask;
  discardSearch();
  const control = runningSearch = new AbortController();
  find("stop").disabled = false;
  try {
    const query = new URLSearchParams({ prior: find("prior").value, nodes: find("nodes").value });
    const response = await request(`api/search?${query}`, { ...createPost(), signal: control.signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (text + value).split("\n");
      text = lines.pop();
      lines.map((line) => JSON.parse(line)).forEach(handleEvent);
    }
  } finally {
    if (runningSearch === control) runningSearch = null;
    find("stop").disabled = true;
  }
}

function handleEvent(event) {
  if (event.error) throw new Error(event.error);
  if (event.state) showState(event.state);
  if (event.progress) find("progress").textContent = `${formatNumber(event.progress.nodes)} nodes, ${formatNumber(event.progress.states)} states, ${event.progress.seconds.toFixed(1)} s`;
  if (event.outcome) showOutcome(event.outcome);
}

function showOutcome(result) {
  const spent = `${formatNumber(result.nodes)} nodes, ${formatNumber(result.states)} states, ${result.seconds.toFixed(2)} s`;
  const reasons = { answered: "Enough answers found", exhausted: "Every program within the length was tried", nodes: "The nodes are spent", seconds: "The time is up", memory: "The memory is spent" };
  const count = result.candidates.length;
  find("progress").textContent = `${reasons[result.stopped]}: ${spent}. ${count ? `${count} program${count > 1 ? "s" : ""} explain${count > 1 ? "" : "s"} the pairs.` : "No program explains the pairs."}`;
  if (!count) return;
  outcome = result;
  find("candidate").replaceChildren(...result.candidates.map((candidate, index) => element("option", { value: index, textContent: describeCandidate(candidate) })));
  find("replay").hidden = false;
  goToStep(0);
}

function describeCandidate({ steps, confidence, pairs_predicted: predicted }) {
  const stated = confidence === null ? "" : `${confidence.toFixed(2)}: `;
  const evidence = predicted ? ` (predicts ${predicted[1]} of ${predicted[0]} pairs left out)` : "";
  return `${stated}${steps.join(" → ") || "(unchanged)"}${evidence}`;
}

function goToStep(target) {
  if (!outcome) return;
  const { steps, states, outlines } = outcome.candidates[find("candidate").value];
  const hasOutlines = outlines.flat(2).length > 0;
  step = Math.max(0, Math.min(steps.length, target));
  find("step").textContent = `Step ${step} of ${steps.length}: ${step ? steps[step - 1] : "input"}`
    + (hasOutlines && step < steps.length ? `. Outlined, next: ${steps[step]}` : "");
  const pairs = task.train.length;
  find("frames").replaceChildren(...states.map((row, index) => {
    const name = index < pairs ? `Pair ${index + 1}` : `Test ${index - pairs + 1}`;
    const shown = Math.min(step, row.length - 1);
    const grid = row[shown];
    const truth = index < pairs ? task.train[index].output : (task.test[index - pairs] || {}).output;
    const canvas = createPicture(grid, name, undefined, hasOutlines ? outlines[index][shown] : null);
    const isCorrect = truth && JSON.stringify(truth) === JSON.stringify(grid);
    if (isCorrect) canvas.className = "right";
    return element("div", {}, element("span", { className: "soft", textContent: isCorrect ? `${name} ✓ output` : name }), canvas);
  }));
  find("back").disabled = step === 0;
  find("on").disabled = step === steps.length;
}

async function initialize() {
  COLOURS.forEach((shade, value) => {
    const button = element("button", { type: "button" });
    button.style.background = shade;
    button.setAttribute("aria-label", `colour ${value}`);
    button.setAttribute("aria-pressed", value === colour);
    button.addEventListener("click", () => {
      colour = value;
      [...find("palette").children].forEach((other, index) => other.setAttribute("aria-pressed", index === value));
    });
    find("palette").append(button);
  });
  const { tasks, priors } = await (await request("api/tasks")).json();
  find("tasks").replaceChildren(...tasks.map((id) => element("option", { value: id })));
  find("prior").replaceChildren(...priors.map((name) => element("option", { value: name, textContent: name })));
  find("ask").disabled = !priors.includes("guide");
  if (find("ask").disabled) find("probabilities").textContent = "No guide was named when the explorer was started.";
  find("any").addEventListener("click", handle(() => pick(tasks[Math.floor(Math.random() * tasks.length)])));
  const isUntouched = !pendingTask && !task.train.length && !find("task").value;
  if (tasks.length && isUntouched) await pick(tasks[0]); // a person may be faster than the list of tasks
}

find("pick").addEventListener("submit", handle(() => pick(find("task").value.trim())));
find("paste").addEventListener("submit", handle(paste));
find("draw").addEventListener("click", handle(() => {
  find("task").value = "";
  showTask({ train: [{ input: createBlank(), output: createBlank() }], test: [{ input: createBlank() }] });
  document.querySelector("#pairs canvas").focus();
}));
find("more").addEventListener("click", handle(() => showTask({ ...task, train: [...task.train, { input: createBlank(), output: createBlank() }] })));
find("fewer").addEventListener("click", handle(() => {
  if (task.train.length < 2) throw new Error("A task has at least one pair.");
  showTask({ ...task, train: task.train.slice(0, -1) });
}));
find("ask").addEventListener("click", handle(predict));
find("search").addEventListener("submit", handle(search));
find("stop").addEventListener("click", () => runningSearch && runningSearch.abort());
find("candidate").addEventListener("change", () => goToStep(0));
find("back").addEventListener("click", () => goToStep(step - 1));
find("on").addEventListener("click", () => goToStep(step + 1));
document.addEventListener("keydown", (event) => {
  if (!outcome || /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
  if (event.key === "ArrowLeft") goToStep(step - 1);
  if (event.key === "ArrowRight") goToStep(step + 1);
});
handle(initialize)();
