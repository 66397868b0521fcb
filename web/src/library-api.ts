import { call, read } from "./api";
import type { BulkReply, Folder, FoldersReply, GenerationsReply, LineageReply, Share, SharedWork, SharesReply } from "./types";

const id = encodeURIComponent;

/** What is done with many works at once. */
export type Action = { action: "favourite" | "unfavourite" | "delete" } | { action: "move"; folder: string | null };

export const libraryApi = {
  works: (query: string) => read<GenerationsReply>(`/api/generations?${query}`),
  bulk: (ids: readonly string[], what: Action) => call<BulkReply>("POST", "/api/generations/bulk", { ids, ...what }),
  folders: () => read<FoldersReply>("/api/folders"),
  addFolder: (name: string) => call<Folder>("POST", "/api/folders", { name }),
  renameFolder: (folder: string, name: string) => call<Folder>("PATCH", `/api/folders/${id(folder)}`, { name }),
  removeFolder: (folder: string) => call<null>("DELETE", `/api/folders/${id(folder)}`),
  lineage: (generation: string) => read<LineageReply>(`/api/generations/${id(generation)}/lineage`),
  shares: (generation: string) => read<SharesReply>(`/api/shares?generation=${id(generation)}`),
  allShares: () => read<SharesReply>("/api/shares"),
  share: (generation: string, wish: { days: number; recipe: boolean; output: number | null }) =>
    call<Share>("POST", `/api/generations/${id(generation)}/shares`, wish),
  unshare: (share: string) => call<null>("DELETE", `/api/shares/${id(share)}`),
  shared: (token: string) => call<SharedWork>("GET", `/api/shared/${id(token)}`),
};

/** Works that one archive, and one request about many, can hold. */
export const AT_ONCE = 100;

/** Where works are to be had as one archive. */
export const zipUrl = (ids: readonly string[]) => `/api/generations/zip?ids=${ids.join(",")}`;
