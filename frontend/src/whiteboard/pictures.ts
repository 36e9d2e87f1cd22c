/** Pictures of the board's files, loaded when they are first drawn. */
export class Pictures {
  private readonly known = new Map<string, HTMLImageElement>();

  constructor(
    private readonly locate: (file: string, page: number) => string,
    /** What was drawn without it is to be drawn again. */
    private readonly loaded: (file: string) => void,
  ) {}

  /** The picture, or whether it is on its way or cannot come. */
  find(file: string, page: number): HTMLImageElement | "loading" | "failed" {
    const key = `${file} ${page}`;
    const picture = this.known.get(key) ?? this.load(key, file, page);
    if (!picture.complete) return "loading";
    return picture.naturalWidth > 0 ? picture : "failed";
  }

  private load(key: string, file: string, page: number): HTMLImageElement {
    const picture = new Image();
    picture.onload = picture.onerror = () => this.loaded(file);
    picture.src = this.locate(file, page);
    this.known.set(key, picture);
    return picture;
  }
}
