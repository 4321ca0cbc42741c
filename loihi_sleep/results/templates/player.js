"use strict";
// Plays recorded spikes: a raster that fills as time goes on, what the input has shown so far, and
// how often each labelled neuron has spiked.
(() => {
  const night = JSON.parse(document.getElementById("night-data").textContent);
  const root = document.getElementById("night");
  const part = (name) => document.getElementById("night-" + name);
  const canvas = part("raster"), button = part("play");
  const nightSlider = part("which"), timeSlider = part("time"), pace = part("pace");
  const context = canvas.getContext("2d");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const left = 30, head = 17, gap = 6, below = 22, recent = 4;

  // Spikes of a recording by layer: neurons in the order of steps, and where each step begins.
  const unpacked = new Map();
  function spikesOf(number) {
    if (!unpacked.has(number)) {
      const recording = night.recordings[number];
      unpacked.set(number, recording.bits.map((text, place) => {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        const rows = night.layers[place].rows, width = Math.ceil(rows / 8);
        const neurons = [], begins = [0];
        for (let step = 0; step < recording.steps; step++) {
          for (let at = 0; at < width; at++) {
            for (let bits = bytes[step * width + at], row = 8 * at; bits; bits >>= 1, row++) {
              if (bits & 1) neurons.push(row);
            }
          }
          begins.push(neurons.length);
        }
        return { neurons, begins };
      }));
    }
    return unpacked.get(number);
  }

  let number = 0, step = 0, playing = false, previous = 0, exact = 0;
  let bands = [], height = 0, width = 0, drawn = null, colors = {};
  const recording = () => night.recordings[number];

  function layOut() {
    const style = getComputedStyle(root);
    for (const name of ["ink", "soft", "line", "paper", "asleep", "awake"]) {
      colors[name] = style.getPropertyValue("--" + name).trim();
    }
    width = canvas.clientWidth;
    let top = 0;
    bands = night.layers.map((layer) => {
      const tall = layer.labels.length
        ? Math.min(240, Math.max(40, 12 * layer.rows)) : layer.plane
        ? 110 : Math.min(130, Math.max(40, layer.rows));
      const band = { top: top + head, tall };
      top += head + tall + gap;
      return band;
    });
    height = top - gap + below;
    const scale = window.devicePixelRatio || 1;
    canvas.style.height = height + "px";
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    drawn = null;
  }

  const xOf = (at) => left + (at * (width - left - 2)) / recording().steps;

  // All spikes of the recording, of which a frame shows those up to now.
  function drawAll() {
    const scale = window.devicePixelRatio || 1;
    drawn = document.createElement("canvas");
    drawn.width = canvas.width;
    drawn.height = canvas.height;
    const into = drawn.getContext("2d");
    into.scale(scale, scale);
    drawSpikes(into, 0, recording().steps, colors.asleep, 0);
  }

  function drawSpikes(into, from, until, color, larger) {
    into.fillStyle = color;
    spikesOf(number).forEach(({ neurons, begins }, place) => {
      const { top, tall } = bands[place], rows = night.layers[place].rows;
      // Where there are more spikes than pixels, each is thin, and many make a shade.
      const room = (0.5 * tall * (width - left)) / Math.max(1, neurons.length);
      const wide = Math.max(Math.min(1, Math.max(room, 0.1)), Math.min(3, xOf(1) - xOf(0))) + larger;
      const high = Math.max(1, Math.min(7, tall / rows - 1)) + (larger && tall / rows < 3 ? 1 : 0);
      for (let at = from; at < until; at++) {
        for (let i = begins[at]; i < begins[at + 1]; i++) {
          // The first neuron at the bottom, those with labels from the top as one reads.
          const row = night.layers[place].labels.length ? neurons[i] : rows - 1 - neurons[i];
          into.fillRect(xOf(at), top + (row * tall) / rows, wide, high);
        }
      }
    });
  }

  function draw() {
    if (!drawn) drawAll();
    const scale = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    const edge = Math.round(xOf(step) * scale);
    if (edge > 0) context.drawImage(drawn, 0, 0, edge, canvas.height, 0, 0, edge, canvas.height);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "alphabetic";
    night.layers.forEach((layer, place) => {
      const { top, tall } = bands[place];
      context.fillStyle = colors.soft;
      const shown = layer.rows < layer.neurons ? `${layer.rows} of ${layer.neurons}` : layer.neurons;
      context.fillText(`${layer.name} (${shown} neurons)`, left, top - 5);
      context.fillStyle = colors.line;
      context.fillRect(left, top + tall + 1, width - left, 1);
      if (layer.labels.length * 10 <= tall) {
        context.fillStyle = colors.soft;
        context.font = "10px system-ui, sans-serif";
        layer.labels.forEach((label, row) => {
          context.fillText(label.slice(0, 4), 4, top + ((row + 0.85) * tall) / layer.rows);
        });
        context.font = "12px system-ui, sans-serif";
      }
    });
    for (const [at, text] of recording().marks) {
      context.fillStyle = colors.soft;
      context.fillRect(xOf(at), 0, 1, height - below);
      const wide = context.measureText(text).width;
      context.fillText(text, Math.min(xOf(at) + 3, width - wide - 2), height - 6);
    }
    if (step < recording().steps) {
      drawSpikes(context, Math.max(0, step - recent), step, colors.awake, 1);
      context.fillStyle = colors.awake;
      context.fillRect(xOf(step), 0, 1.5, height - below);
    }
  }

  // Images and counts of what was fired so far.
  const counters = [];
  night.layers.forEach((layer, place) => {
    if (layer.plane) {
      const picture = document.createElement("canvas");
      [picture.height, picture.width] = layer.plane;
      picture.className = "plane";
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", `spikes of each ${layer.name} neuron so far, as an image`);
      addPanel(`${layer.name}, added up`, picture);
      counters.push((counts) => paint(picture, counts));
    } else if (layer.labels.length) {
      const list = document.createElement("ol");
      list.className = "counts";
      const rows = layer.labels.map((label) => {
        const row = document.createElement("li");
        const [name, bar, count] = ["span", "span", "span"].map((tag) =>
          row.appendChild(document.createElement(tag)));
        name.textContent = label;
        bar.className = "bar";
        list.append(row);
        return [bar.appendChild(document.createElement("i")), count];
      });
      addPanel(`spikes of ${layer.name}`, list);
      counters.push((counts) => {
        const most = Math.max(1, ...counts);
        rows.forEach(([bar, count], i) => {
          bar.style.width = (100 * counts[i]) / most + "%";
          count.textContent = counts[i];
        });
      });
    }
    if (layer.plane || layer.labels.length) counters.at(-1).place = place;
  });

  function addPanel(title, content) {
    const panel = document.createElement("div");
    panel.append(Object.assign(document.createElement("p"), { textContent: title }), content);
    part("side").append(panel);
  }

  function paint(picture, counts) {
    const most = Math.max(1, ...counts), into = picture.getContext("2d");
    const image = into.createImageData(picture.width, picture.height);
    counts.slice(0, picture.width * picture.height).forEach((count, i) => {
      image.data.set([0, 0, 0].map(() => (255 * count) / most).concat(255), 4 * i);
    });
    into.putImageData(image, 0, 0);
  }

  function count() {
    for (const show of counters) {
      const counts = new Array(night.layers[show.place].rows).fill(0);
      const { neurons, begins } = spikesOf(number)[show.place];
      for (let i = 0; i < begins[step]; i++) counts[neurons[i]]++;
      show(counts);
    }
  }

  function show() {
    timeSlider.value = step;
    const text = `${step} of ${recording().steps} ${night.unit}`;
    part("now").textContent = text;
    timeSlider.setAttribute("aria-valuetext", text);
    draw();
    count();
  }

  function choose(which) {
    number = Math.max(0, Math.min(night.recordings.length - 1, which));
    nightSlider.value = number;
    nightSlider.setAttribute("aria-valuetext", recording().name);
    part("name").textContent = recording().name;
    part("story").textContent = recording().text;
    const table = part("table");
    table.replaceChildren();
    const rows = recording().table ? [recording().table.head, ...recording().table.rows] : [];
    rows.forEach((values, place) => {
      const row = table.insertRow();
      values.forEach((value, column) => {
        const cell = document.createElement(place && column ? "td" : "th");
        cell.textContent = value;
        row.append(cell);
      });
    });
    timeSlider.max = recording().steps;
    drawn = null;
  }

  function seek(to) {
    step = Math.max(0, Math.min(recording().steps, Math.round(to)));
    exact = step;
    show();
  }

  function turnTo(which) {
    const over = step >= recording().steps;
    choose(which);
    seek(playing ? 0 : over ? recording().steps : step);
  }

  function setPlaying(on) {
    playing = on;
    button.textContent = on ? "❚❚ Pause" : "▶ Play";
    root.dataset.playing = on;
    if (!on) return;
    if (step >= recording().steps) {
      if (number === night.recordings.length - 1) choose(0);
      seek(0);
    }
    previous = performance.now();
    requestAnimationFrame(advance);
  }

  function advance(now) {
    if (!playing) return;
    const jump = recording().steps / (calm.matches ? 8 : recording().steps);
    exact += ((now - previous) / 1000) * (recording().steps / Number(pace.value));
    previous = now;
    // Where motion is not wanted, a still picture gives way to the next one.
    if (Math.floor(exact / jump) !== Math.floor(step / jump)) {
      step = Math.min(recording().steps, Math.floor(Math.floor(exact / jump) * jump));
      show();
    }
    if (step >= recording().steps) {
      if (number === night.recordings.length - 1) return setPlaying(false);
      choose(number + 1);
      seek(0);
    }
    requestAnimationFrame(advance);
  }

  button.addEventListener("click", () => setPlaying(!playing));
  nightSlider.addEventListener("input", () => turnTo(Number(nightSlider.value)));
  timeSlider.addEventListener("input", () => seek(Number(timeSlider.value)));
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowRight: 1, ArrowLeft: -1, PageDown: 20, PageUp: -20 };
    if (event.key === " ") setPlaying(!playing);
    else if (event.key in moves) seek(step + moves[event.key]);
    else if (event.key === "Home") seek(0);
    else if (event.key === "End") seek(recording().steps);
    else if (event.key === "n" || event.key === "p") {
      turnTo(number + (event.key === "n" ? 1 : -1));
    } else return;
    event.preventDefault();
  });
  canvas.addEventListener("click", (event) => {
    const x = event.clientX - canvas.getBoundingClientRect().left;
    seek(((x - left) * recording().steps) / (width - left - 2));
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) setPlaying(false); });
  const again = () => { layOut(); draw(); };
  new ResizeObserver(() => { if (canvas.clientWidth !== width) again(); }).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);

  nightSlider.max = night.recordings.length - 1;
  if (night.recordings.length === 1) part("nights").hidden = true;
  root.hidden = false;
  choose(0);
  layOut();
  seek(recording().steps);
})();
