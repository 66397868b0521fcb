import { Landing } from "./components/Landing";
import { Notices } from "./components/Notices";
import { Splash } from "./components/Splash";
import { Studio } from "./components/Studio";
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
      return <Landing />;
    case "studio":
      return <Studio />;
  }
}
