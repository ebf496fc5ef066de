/** The broker's pair of keys: headers `APCA-API-KEY-ID` and `APCA-API-SECRET-KEY`, or the same two in the stream's first message. */
export interface AlpacaKeys {
  readonly keyId: string;
  readonly secretKey: string;
}
