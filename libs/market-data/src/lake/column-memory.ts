/**
 * Memory for the columns of one table after the other. Reading day after day into new memory spends most of its time on the system's clearing of
 * it. **A table that was read with it is valid until the next read with it.**
 */
export class ColumnMemory {
  #block: ArrayBufferLike | undefined;

  /** A block of at least `bytes`, with whatever stood in it. */
  take(bytes: number, shared: boolean): ArrayBufferLike {
    const known = this.#block;
    if (known !== undefined && known.byteLength >= bytes && known instanceof SharedArrayBuffer === shared) return known;
    // The next day may be a little larger; what nobody touches costs nothing.
    return (this.#block = newBlock(bytes + Math.ceil(bytes / 8), shared));
  }
}

export function newBlock(bytes: number, shared: boolean): ArrayBufferLike {
  return shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
}
