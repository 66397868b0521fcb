import { AgeDialog } from "./components/AgeDialog";
import { Landing } from "./components/Landing";
import { Notices } from "./components/Notices";
import { ResetPassword } from "./components/ResetPassword";
import { Splash } from "./components/Splash";
import { Studio } from "./components/Studio";
import { place } from "./route";
import { lazily } from "./lazily";
import { phase } from "./state";

/** A page whose part did not arrive is asked for once more, whole: after a new version there may be other parts. */
const lost = () => {
  phase.value = "failed";
};
const AccountPage = lazily(async () => (await import("./components/AccountPage")).AccountPage, lost);
const BillingPage = lazily(async () => (await import("./components/BillingPage")).BillingPage, lost);
const LibraryPage = lazily(async () => (await import("./components/LibraryPage")).default, lost);
const SharedPage = lazily(async () => (await import("./components/SharedPage")).default, lost);

export function App() {
  return (
    <>
      <Screen />
      <Notices />
    </>
  );
}

function Screen() {
  if (place.value === "shared" && phase.value !== "failed") return <SharedPage />;
  switch (phase.value) {
    case "loading":
    case "failed":
      return <Splash />;
    case "signed-out":
      return place.value === "reset-password" ? <ResetPassword /> : <Landing />;
    case "studio":
      return <Within />;
  }
}

/** For who is signed in. A new password is asked for first, the age before everything else. */
function Within() {
  if (place.value === "reset-password") return <ResetPassword />;
  return (
    <>
      <Here />
      <AgeDialog />
    </>
  );
}

function Here() {
  switch (place.value) {
    case "account":
      return <AccountPage />;
    case "billing":
      return <BillingPage />;
    case "library":
      return <LibraryPage />;
    default:
      return <Studio />;
  }
}
