import type { ArrivalError, NewcomerBy, NoticeCode } from "../src/arrivals";
import type { Text } from "./en";

/** In French, 0 and 1 are singular. */
const s = (count: number) => (Math.abs(count) < 2 ? "" : "s");

export const auth: Text["auth"] = {
  google: "Continuer avec Google",
  magicLink: "Recevoir plutôt un lien par courriel",
  or: "ou",
  age: (years) => `J’ai au moins ${years}\u00a0ans`,
  ageMissing: (years) => `Confirmez que vous avez au moins ${years}\u00a0ans. Le studio n’est pas ouvert aux plus jeunes.`,
  remember: "Garder ma session ouverte",
  forgot: "Mot de passe oublié\u202f?",
  newPassword: "Nouveau mot de passe",
  newPasswordMissing: "Choisissez un mot de passe.",
  againNote: "Reconnectez-vous pour continuer\u00a0: pour cette demande, nous devons être sûrs que c’est bien vous.",
  back: "Revenir à la connexion",
  toStudio: "Revenir au studio",
  forgotTitle: "Mot de passe oublié",
  forgotLead: "Donnez-nous votre adresse. Nous vous envoyons un lien pour choisir un nouveau mot de passe.",
  forgotSubmit: "Envoyer le lien",
  expiredTitle: "Ce lien a expiré",
  expiredLead: "Un lien de nouveau mot de passe sert une seule fois, pendant une heure. Donnez-nous votre adresse et nous vous en envoyons un autre.",
  resetTitle: "Choisir un nouveau mot de passe",
  resetLead: "Il vous servira désormais à vous connecter.",
  resetSubmit: "Enregistrer le mot de passe",
  inboxTitle: "Consultez votre messagerie",
  inbox: {
    verify: (email) => `Nous avons écrit à ${email}. Ouvrez le lien de ce courriel pour confirmer votre adresse, puis connectez-vous.`,
    reset: (email) => `S’il existe un compte pour ${email}, un lien pour choisir un nouveau mot de passe est en route. Il est valable une heure.`,
    link: (email) => `Un lien de connexion est en route vers ${email}. Il sert une seule fois, dans les cinq minutes.`,
    join: (email) => `Un lien qui ouvre votre studio est en route vers ${email}. Il sert une seule fois, dans les cinq minutes.`,
  },
  inboxSpam: "Rien reçu\u202f? Cela peut prendre une minute, ou se trouver dans les indésirables.",
  sendAgain: "Renvoyer le courriel",
  sentAgain: "Courriel renvoyé.",
  retryIn: (seconds) => `Trop de tentatives. Réessayez dans ${seconds}\u00a0seconde${s(seconds)}.`,
  retryAt: (clock) => `Trop de tentatives. Réessayez à\u00a0${clock}.`,
};

export const verify: Text["verify"] = {
  title: "Confirmez votre adresse",
  why: (email) => `Confirmez que ${email} est bien à vous, pour pouvoir revenir si vous oubliez votre mot de passe.`,
  send: "Envoyer le courriel",
  sent: (email) => `Nous avons écrit à ${email}. Ouvrez le lien de ce courriel.`,
  again: "Renvoyer le courriel",
};

export const age: Text["age"] = {
  title: (years) => `Avez-vous au moins ${years}\u00a0ans\u202f?`,
  why: (years) => `Le studio est ouvert à partir de ${years}\u00a0ans. Nous le demandons une seule fois et ne gardons que votre réponse.`,
  yes: (years) => `J’ai au moins ${years}\u00a0ans`,
  no: "Non",
  refusedTitle: "Alors, pas encore",
  refused: (years) =>
    `Le studio n’est pas ouvert aux moins de ${years}\u00a0ans. Vous pouvez vous déconnecter et revenir quand vous aurez l’âge, ou supprimer ce compte dès maintenant.`,
  back: "C’était une erreur",
};

const notices: Record<NoticeCode, string> = {
  "email-verified": "Votre adresse est confirmée. Merci.",
  "email-changed":
    "C’est confirmé. Si votre nouvelle adresse ne s’affiche pas encore ici, il reste une étape\u00a0: ouvrez le courriel que nous venons d’y envoyer.",
  linked: "Votre compte Google est associé\u00a0: il vous permet de vous connecter.",
  "account-deleted": "Votre compte est supprimé. Au revoir, et merci pour les images.",
  "password-set": "Votre nouveau mot de passe est enregistré\u00a0: il vous permet de vous connecter.",
};

const errors: Record<ArrivalError, string> = {
  cancelled: "Google n’a pas ouvert votre session, car la demande a été annulée.",
  state: "Cette connexion a pris trop de temps, ou a commencé dans une autre fenêtre. Veuillez réessayer.",
  notLinked: "Un compte existe déjà avec cette adresse. Connectez-vous comme d’habitude, puis associez Google depuis la page de votre compte.",
  unableToLink: "Google n’a pas pu être associé\u00a0: votre adresse n’y est pas confirmée, ou votre session ici a pris fin.",
  otherEmail: "Ce compte Google a une autre adresse que ce compte-ci. Choisissez celui qui a la même adresse.",
  linkedElsewhere: "Ce compte Google est associé à un autre compte de ce studio.",
  noEmail: "Google ne nous a donné aucune adresse pour vous\u00a0: il n’y a pas de quoi créer un compte.",
  unverified: "Google n’a pas confirmé cette adresse. Confirmez-la d’abord chez Google, ou connectez-vous autrement.",
  provider: "Google n’a pas pu nous dire qui vous êtes. Réessayez dans un instant.",
  badLink: "Ce lien ne fonctionne plus\u00a0: il a déjà servi, ou il est incomplet. Demandez-en un autre.",
  oldLink: "Ce lien a expiré. Demandez-en un autre.",
  otherUser: "Ce lien appartient à un autre compte. Déconnectez-vous, puis ouvrez-le de nouveau.",
  noUser: "Le compte de ce lien n’existe plus.",
  unknown: "Cela n’a pas fonctionné. Veuillez réessayer.",
};

const newcomers: Record<NewcomerBy, string> = {
  google: "Aucun compte n’existe encore pour cette adresse Google. Pour le créer, confirmez votre âge plus bas et choisissez Google de nouveau.",
  link: "Aucun compte n’existe encore pour cette adresse. Pour le créer, saisissez l’adresse plus bas, confirmez votre âge et redemandez le lien.",
};

export const arrivals: Text["arrivals"] = { notices, errors, newcomers };

export const account: Text["account"] = {
  title: "Votre compte",
  skip: "Aller à votre compte",
  back: "Revenir au studio",
  loading: "Chargement",
  failed: "Le chargement n’a pas abouti.",
  retry: "Réessayer",
  again: "Se reconnecter",
  done: {
    saved: "Enregistré.",
    pictureRemoved: "La photo est retirée.",
    passwordChanged: "Votre mot de passe est changé.",
    sessionEnded: "Session fermée.",
    sessionsEnded: "Toutes les autres sessions sont fermées.",
    methodRemoved: "Retiré.",
  },
  profile: {
    title: "Profil",
    save: "Enregistrer",
    picture: "Votre photo vient de votre compte Google.",
    removePicture: "Retirer la photo",
    noPicture: "Vos initiales vous représentent.",
    since: (date) => `Votre compte date du ${date}.`,
  },
  email: {
    title: "Courriel",
    confirmed: "Confirmé",
    unconfirmed: "Non confirmé",
    label: "Nouvelle adresse",
    missing: "Saisissez la nouvelle adresse.",
    hint: "Nous écrivons à la nouvelle adresse. Elle prend effet dès que vous ouvrez le lien de ce courriel.",
    hintConfirmed: "Nous écrivons d’abord à votre adresse actuelle, puis à la nouvelle. Elle prend effet une fois les deux liens ouverts.",
    save: "Changer l’adresse",
    asked: (to) => `Nous avons écrit à ${to}. Ouvrez le lien de ce courriel pour changer l’adresse.`,
    askedConfirmed: (from, to) => `Nous avons écrit à ${from}. Ouvrez le lien de ce courriel\u202f; un autre partira alors vers ${to}, à ouvrir aussi.`,
    noMail: "Ce studio n’envoie pas de courriel\u00a0: l’adresse ne peut pas être changée ici.",
  },
  password: {
    title: "Mot de passe",
    none: "Vous n’avez pas encore de mot de passe\u00a0: vous vous connectez autrement. Avec un mot de passe, votre adresse suffira aussi.",
    current: "Mot de passe actuel",
    endOthers: "Fermer toutes les autres sessions",
    save: "Changer le mot de passe",
    send: "Recevoir un lien pour en choisir un",
    sent: (email) => `Nous avons écrit à ${email}. Le lien de ce courriel est valable une heure.`,
    noMail: "Ce studio n’envoie pas de courriel\u00a0: un mot de passe ne peut pas être choisi ici.",
  },
  methods: {
    title: "Moyens de connexion",
    lead: "Chacun d’eux ouvre votre compte.",
    password: "Courriel et mot de passe",
    since: (date) => `Depuis le ${date}`,
    remove: "Retirer",
    removeLabel: (name) => `Retirer\u00a0: ${name}`,
    sure: (name) => `Ne plus se connecter ainsi (${name})\u202f?`,
    keep: "Garder",
    last: "C’est votre seul moyen de connexion\u00a0: il ne peut pas être retiré. Ajoutez-en d’abord un autre.",
    linkGoogle: "Associer un compte Google",
  },
  sessions: {
    title: "Vos sessions",
    lead: "Fermez celles que vous ne reconnaissez pas, puis changez de mot de passe.",
    current: "Celle-ci",
    now: "Active en ce moment",
    lately: "Active ces dernières 24\u00a0h",
    active: (ago) => `Active ${ago}`,
    since: (date) => `Ouverte le ${date}`,
    end: "Fermer",
    endLabel: (what) => `Fermer la session\u00a0: ${what}`,
    endOthers: "Fermer toutes les autres sessions",
    device: (browser, system) => `${browser} sur ${system}`,
    browser: "Un navigateur",
    unknown: "Appareil inconnu",
  },
  remove: {
    title: "Supprimer le compte",
    lead: "Vous pouvez partir à tout moment, sans rien demander à personne.",
    open: "Supprimer le compte…",
    goes: [
      "Toutes vos images et vos descriptions, même en cours de création.",
      "Vos crédits. Ce qu’il en reste est perdu.",
      "Votre nom, votre adresse et tous vos moyens de connexion.",
      "Toutes vos sessions, ici et ailleurs.",
    ],
    forGood: "C’est irréversible. Téléchargez d’abord les images que vous voulez garder.",
    password: "Votre mot de passe",
    sure: "Je comprends que tout cela disparaît définitivement",
    sureMissing: "Cochez cette case pour continuer.",
    now: "Supprimer définitivement",
    mail: "Recevoir la dernière étape par courriel",
    mailed: (email) => `Nous avons écrit à ${email}. Votre compte sera supprimé dès que vous ouvrirez le lien de ce courriel, dans ce navigateur.`,
    cancel: "Garder le compte",
  },
};
