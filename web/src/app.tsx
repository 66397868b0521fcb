import { AccountPage } from "./components/AccountPage";
import { AgeDialog } from "./components/AgeDialog";
import { BillingPage } from "./components/BillingPage";
import { Landing } from "./components/Landing";
import { Notices } from "./components/Notices";
import { ResetPassword } from "./components/ResetPassword";
import { Splash } from "./components/Splash";
import { Studio } from "./components/Studio";
import { place } from "./route";
import { phase } from "./state";

export function App() {
  return (
    <>
      <Screen />
      <Notices />
    </>
  );
}

function Screen() {
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
    default:
      return <Studio />;
  }
}
