/** An address of mail, which where it is too long for its line breaks before the domain. */
export function Address({ children: email }: { children: string }) {
  const at = email.lastIndexOf("@");
  return (
    <>
      {email.slice(0, at)}
      <wbr />
      {email.slice(at)}
    </>
  );
}
