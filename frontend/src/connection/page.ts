/** `page-data` of connection.html; addresses are paths of this site. */
export interface ConnectionPage {
  socket: string;
  sample: string;
  sample_bytes: number;
  ice_servers: RTCIceServer[];
  is_jitsi: boolean;
}
