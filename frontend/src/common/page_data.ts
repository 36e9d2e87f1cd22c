/** What the template left for us in `<script type="application/json" id="…">`. */
export function readJson<Shape>(id: string): Shape {
  const text = document.getElementById(id)?.textContent;
  if (text === undefined || text === null) throw new Error(`The page has no ${id}.`);
  return JSON.parse(text) as Shape;
}
