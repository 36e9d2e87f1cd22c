const SVG = "http://www.w3.org/2000/svg";

/** Our own line icons on a 24 x 24 grid; each entry is the `d` of its paths. */
const PATHS = {
  microphone: ["M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3z", "M6 11a6 6 0 0 0 12 0", "M12 17v4"],
  microphone_off: [
    "M9 9V6a3 3 0 0 1 6-.6V11c0 .4-.1.8-.2 1.2",
    "M9 11a3 3 0 0 0 3.5 2.9",
    "M6 11a6 6 0 0 0 9 5.2M18 11a6 6 0 0 1-.7 2.8",
    "M12 17v4",
    "M4 4l16 16",
  ],
  camera: ["M5 7h8a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2z", "M15 11l6-3.5v9L15 13z"],
  camera_off: ["M9.5 7H13a2 2 0 0 1 2 2v3.5M15 15a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2", "M15 11l6-3.5v9l-3-1.7", "M4 4l16 16"],
  screen: ["M4 5h16v11H4z", "M9 20h6", "M12 13V8M9.5 10.5 12 8l2.5 2.5"],
  leave: ["M10 4H5v16h5", "M14 8l4 4-4 4", "M9 12h9"],
  end: ["M12 4v8", "M7 6.5a7.5 7.5 0 1 0 10 0"],
  grid: ["M4 5h4v4H4zM10 5h4v4h-4zM16 5h4v4h-4z", "M4 11h4v4H4zM10 11h4v4h-4zM16 11h4v4h-4z", "M4 17h16"],
  people: ["M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z", "M2.5 20a6.5 6.5 0 0 1 13 0", "M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14a6.5 6.5 0 0 1 3.5 6"],
  pen: ["M4 20l1-4L16 5l3 3L8 19z", "M14 7l3 3"],
  eraser: ["M8.5 19.5 3.5 14.5 13.5 4.5l7 7-8 8z", "M8.5 9.5l7 7", "M8 19.5h12"],
  undo: ["M8 5 4 9l4 4", "M4 9h10a5.5 5.5 0 0 1 0 11h-3"],
  redo: ["M16 5l4 4-4 4", "M20 9H10a5.5 5.5 0 0 0 0 11h3"],
  previous: ["M14.5 5l-7 7 7 7"],
  next: ["M9.5 5l7 7-7 7"],
  add: ["M12 5v14M5 12h14"],
  play: ["M7 4.5v15l12-7.5z"],
  pause: ["M8 5v14M16 5v14"],
  back: ["M11 6l-6 6 6 6", "M19 6l-6 6 6 6"],
  forward: ["M13 6l6 6-6 6", "M5 6l6 6-6 6"],
  volume: ["M4 9.5v5h4l5 4v-13l-5 4z", "M16.5 9a4.5 4.5 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11"],
  mute: ["M4 9.5v5h4l5 4v-13l-5 4z", "M16.5 9.5l5 5M21.5 9.5l-5 5"],
  fullscreen: ["M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"],
  door: ["M6 21V4.5A1.5 1.5 0 0 1 7.5 3h9A1.5 1.5 0 0 1 18 4.5V21", "M3 21h18", "M14 12v1"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  network: ["M4 20v-3M9.3 20v-7M14.6 20V9M20 20V4"],
  quiz: ["M4 20V11h4v9M10 20V4h4v16M16 20v-6h4v6", "M2.5 20h19"],
  select: ["M6 3.5l13 8-6 1.2L9.8 19z"],
  highlighter: ["M9 15.5l-2.5 2.5v2H11l1.5-1.5", "M9 15.5 8.5 13 16 4.5l4 3.6-7.5 8.9-3.5-1.5z"],
  line: ["M5 19 19 5"],
  arrow: ["M5 19 19 5", "M11 5h8v8"],
  rectangle: ["M4 6h16v12H4z"],
  ellipse: ["M12 5.5c4.7 0 8.5 2.9 8.5 6.5s-3.8 6.5-8.5 6.5S3.5 15.6 3.5 12 7.3 5.5 12 5.5z"],
  text: ["M5 7V5h14v2", "M12 5v14", "M9 19h6"],
  image: ["M4 5h16v14H4z", "M4 16l5-5 4 4 3-3 4 4", "M15.5 9.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2z"],
  laser: ["M4 20 13 11", "M15 9l1-1", "M18 3v3M21 6h-3M20.5 10.5l-1.5-1.5M13.5 3.5 15 5"],
  area_eraser: ["M8.5 19.5 3.5 14.5 13.5 4.5l7 7-8 8z", "M3 21h3M9 21h3M15 21h3"],
  duplicate: ["M9 9h11v11H9z", "M15 9V4H4v11h5"],
  trash: ["M5 7h14", "M9.5 7V4.5h5V7", "M7 7l1 13h8l1-13", "M10.5 11v5.5M13.5 11v5.5"],
  more: ["M6 12v.2M12 12v.2M18 12v.2"],
  help: ["M9 9.2a3 3 0 1 1 4.2 2.7c-.8.4-1.2 1-1.2 1.9v.4", "M12 17.5v.2", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z"],
  edit: ["M4 20h16", "M7 16l1-4 8-8 3 3-8 8z"],
  slides: ["M4 4h16v11H4z", "M12 15v5M8.5 20h7", "M12 12V7.5M9.8 9.5 12 7.3l2.2 2.2"],
  download: ["M12 4v11", "M7.5 11l4.5 4.5 4.5-4.5", "M5 20h14"],
  close: ["M6 6l12 12M18 6 6 18"],
  eye: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z", "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"],
  chat: ["M5 5h14a1.5 1.5 0 0 1 1.5 1.5v8A1.5 1.5 0 0 1 19 16h-8l-4.5 4v-4H5a1.5 1.5 0 0 1-1.5-1.5v-8A1.5 1.5 0 0 1 5 5z", "M8 9.5h8M8 12.5h5"],
  hand: ["M8 13V6a1.5 1.5 0 0 1 3 0v5M11 10V4.5a1.5 1.5 0 0 1 3 0V11M14 11V6a1.5 1.5 0 0 1 3 0v8c0 4-2.3 6.5-5.5 6.5-2.7 0-4.2-1.3-5.5-3.500L4 13.500c-.8-1.5 1-2.5 2-1.200L8 15"],
  smile: ["M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z", "M9 10v.2M15 10v.2", "M8.5 14a4.2 4.2 0 0 0 7 0"],
  send: ["M4 12 20 5l-4 14-4.5-5.500z", "M11.5 13.5 20 5"],
  zoom_in: ["M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z", "M15.5 15.5 20 20", "M10.5 7.5v6M7.500 10.5h6"],
  zoom_out: ["M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z", "M15.5 15.5 20 20", "M7.500 10.5h6"],
  swap: ["M4 8h14l-4-4M20 16H6l4 4"],
  alert: ["M12 4 2.5 20h19z", "M12 10v4.5M12 17.3v.2"],
} as const;

export type IconName = keyof typeof PATHS;

/** Decorative: the control that holds it has the name. */
export function drawIcon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const d of PATHS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
