/**
 * Memory for the columns of one table after the other. Reading day after day into new memory spends most of its time on the system's clearing of
 * it. **A table that was read with it is valid until the next read with it.**
 */
export class ColumnMemory {
  readonly #blocks: ArrayBufferLike[] = [];
  #next = 0;

  /** A new table: what the last one had may be overwritten. */
  begin(): void {
    this.#next = 0;
  }

  /** A block of at least `bytes`, with whatever stood in it. */
  take(bytes: number, shared: boolean): ArrayBufferLike {
    const index = this.#next++;
    const known = this.#blocks[index];
    if (known !== undefined && known.byteLength >= bytes && known instanceof SharedArrayBuffer === shared) return known;
    const block = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    this.#blocks[index] = block;
    return block;
  }
}
