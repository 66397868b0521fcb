import type { Kind } from "../src/types";
import type * as en from "./en-pictures";

/** In French, 0 and 1 are singular. */
const s = (count: number) => (Math.abs(count) < 2 ? "" : "s");

export const kinds: typeof en.kinds = {
  "text-to-image": "Des images à partir de mots",
  "image-to-image": "Des images à partir d’images",
  edit: "Retoucher une image",
  upscale: "Agrandir",
  "remove-background": "Détourer",
  "text-to-video": "Des vidéos à partir de mots",
  "image-to-video": "Des vidéos à partir d’une image",
};

export const placeholders: typeof en.placeholders = {
  "text-to-image": "Décrivez une image…",
  "image-to-image": "Décrivez ce qu’elle doit devenir…",
  edit: "Dites ce qui doit changer…",
  upscale: "Rien à écrire\u00a0: l’image revient plus grande.",
  "remove-background": "Rien à écrire\u00a0: ce qui est devant reste.",
  "text-to-video": "Décrivez une vidéo…",
  "image-to-video": "Décrivez le mouvement…",
};

export const unnamed: Partial<Record<Kind, string>> = { upscale: "Agrandie", "remove-background": "Détourée" };

export const pictures: typeof en.pictures = {
  region: "Images de départ",
  slots: {
    source: "Image",
    mask: "Masque",
    reference: "Images",
    "first-frame": "Première image",
    "last-frame": "Dernière image",
  },
  upTo: (count) => `jusqu’à\u00a0${count}`,
  optional: "facultatif",
  number: (name, n) => `${name}\u00a0${n}`,
  start: "Partir d’une image",
  add: (slot) => `Ajouter\u00a0: ${slot}`,
  device: "De cet appareil",
  own: "De vos images",
  paint: "Peindre le masque",
  repaint: "Changer le masque",
  remove: (name) => `Retirer\u00a0: ${name}`,
  private: "PNG, JPEG ou WebP, 20\u00a0Mo au plus. Le lieu et l’appareil d’une photo sont effacés.",
  drop: "Déposez les images ici",
  bringing: (name) => `Envoi de ${name}`,
  brought: (name) => `${name} est là.`,
  checking: "Vérification",
  brings: "Votre image est en cours d’envoi.",
  refused: "Retirez l’image refusée pour continuer.",
  tooLarge: "Ce modèle n’accepte pas d’image aussi grande\u00a0: choisissez-en une plus petite.",
  tooLargeEnlarged: (times) => `Agrandie ×\u00a0${times}, cette image serait trop grande pour être conservée\u00a0: agrandissez-la moins, ou choisissez une image plus petite.`,
  again: "Réessayer",
  other: "En choisir une autre",
  takeAway: "Retirer",
  pasted: "Image collée",
  painted: "Masque peint",
  tooMany: (count, shown) => `Ce modèle accepte au plus ${shown}\u00a0image${s(count)}\u202f; les autres ont été laissées de côté.`,
  none: "Aucun modèle n’accepte d’images ici.",
  switched: (model) => `${model} accepte les images\u00a0: il est maintenant sélectionné.`,
  aside: (count, model) =>
    count < 2 ? `1\u00a0image est mise de côté\u00a0: ${model} n’a pas de place pour elle.` : `${count}\u00a0images sont mises de côté\u00a0: ${model} n’a pas de place pour elles.`,
  needs: {
    source: "Ajoutez l’image à modifier.",
    mask: "Peignez là où l’image peut changer.",
    reference: "Ajoutez au moins une image.",
    "first-frame": "Ajoutez l’image par laquelle la vidéo commence.",
    "last-frame": "Ajoutez l’image par laquelle la vidéo finit.",
  },
};

export const chooser: typeof en.chooser = {
  title: "Choisir parmi vos images",
  made: "Images créées ici",
  brought: "Images importées",
  noneMade: "Rien encore\u00a0: ce que vous créez apparaît ici.",
  noneBrought: "Rien encore\u00a0: vos images importées apparaissent ici, pendant un jour si rien ne s’en sert.",
  failed: "Vos images n’ont pas pu être chargées.",
  again: "Réessayer",
  more: "Voir plus",
  delete: (name) => `Supprimer définitivement\u00a0: ${name}`,
  deleteAsk: "Supprimer définitivement cette image importée\u202f?",
  upload: (when) => `Importée le ${when}`,
  done: "Terminé",
};

export const painter: typeof en.painter = {
  title: "Peindre le masque",
  lead: "Peignez les zones à modifier. Le reste ne changera pas.",
  canvas: "Masque. Les flèches déplacent le pinceau, Espace peint.",
  tools: "Outil",
  brush: "Pinceau",
  eraser: "Gomme",
  size: "Taille du pinceau",
  undo: "Annuler le trait",
  all: "Tout",
  clear: "Effacer",
  invert: "Inverser",
  file: "Importer un masque",
  use: "Utiliser ce masque",
  cancel: "Annuler",
  leaveAsk: "Quitter sans le masque que vous avez peint\u202f?",
  leave: "Quitter",
  stay: "Continuer à peindre",
  empty: "Rien n’est encore peint.",
  loading: "Chargement de l’image",
  failed: "L’image n’a pas pu être chargée.",
  cannot: "Le masque n’a pas pu être créé. Essayez avec une image plus petite.",
};

export const settings: typeof en.settings = {
  names: {
    strength: "Intensité",
    size: "Taille",
    style: "Style",
    resolution: "Résolution",
    scale: "Agrandir",
    duration: "Durée",
  },
  options: {
    match: "Original",
    realistic_image: "Réaliste",
    digital_illustration: "Illustration",
  },
  hints: {
    strength: "Faible, elle garde l’image\u202f; forte, elle repeint tout.",
  },
  steps: (range, step) => `${range} Par pas de ${step}.`,
  seconds: (count, shown) => `${shown}\u00a0seconde${s(count)}`,
  times: (shown) => `×\u00a0${shown}`,
};

export const actions: typeof en.actions = {
  more: "Autres actions",
  vary: "Varier",
  varyWhy: "La même chose, avec une autre graine",
  remix: "Reprendre",
  remixWhy: "Remplit le formulaire, avec une nouvelle graine",
  edit: "Retoucher",
  upscale: "Agrandir",
  "remove-background": "Détourer",
  "image-to-video": "Animer",
  taken: (model) => `L’image est prête à l’emploi, avec ${model}.`,
  noModel: "Votre forfait n’a pas de modèle pour cela.",
};

export const films: typeof en.films = {
  openLabel: (prompt) => `Ouvrir la vidéo\u00a0: ${prompt}`,
  film: "Vidéo",
  duration: "Durée",
  broken: "Cette vidéo n’a pas pu être chargée.",
  running: "Tournage",
  working: "Travail en cours",
  of: (n, total) => `Vidéo ${n} sur ${total}`,
  failed: "Pas de vidéo cette fois",
};

export const sources: typeof en.sources = {
  title: "À partir de",
  open: (name) => `Ouvrir\u00a0: ${name}`,
  gone: "supprimée",
};
