#!/bin/bash
# Makes the files of this directory again (they differ each time: keys are random).
# Programs: OpenSSL 3.0, OpenSSH 9.2, GnuPG 2.2, keytool of OpenJDK 17, puttygen 0.78 (Debian 12).
set -eu
cd "$(dirname "$0")"
rm -f ./*.pem ./*.der ./*.p12 ./*.jks ./*.jceks ./*.ppk ./ssh-* ./*.asc
openssl genrsa -traditional -out rsa-pkcs1.pem 2048
openssl pkcs8 -topk8 -nocrypt -in rsa-pkcs1.pem -out rsa-pkcs8.pem
openssl pkcs8 -topk8 -nocrypt -in rsa-pkcs1.pem -outform DER -out rsa-pkcs8.der
openssl rsa -traditional -in rsa-pkcs1.pem -outform DER -out rsa-pkcs1.der
openssl rsa -traditional -aes128 -passout pass:changeit -in rsa-pkcs1.pem -out rsa-legacy-changeit.pem
openssl rsa -traditional -aes128 -passout pass:Zx9-unguessable -in rsa-pkcs1.pem -out rsa-legacy-other.pem
openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:password -in rsa-pkcs1.pem -out rsa-pkcs8-password.pem
openssl pkcs8 -topk8 -v2 des3 -passout pass:password -in rsa-pkcs1.pem -out rsa-pkcs8-des3-password.pem
openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:Zx9-unguessable -in rsa-pkcs1.pem -out rsa-pkcs8-other.pem
openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 5000000 -passout pass:password -in rsa-pkcs1.pem -out rsa-pkcs8-rounds.pem
openssl pkcs8 -topk8 -scrypt -passout pass:password -in rsa-pkcs1.pem -out rsa-pkcs8-scrypt.pem
openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout pass:password -in rsa-pkcs1.pem -out rsa-pkcs8-pbes1.pem
openssl ecparam -name prime256v1 -genkey -out ec-sec1.pem
openssl genpkey -algorithm ed25519 -out ed25519.pem
openssl dsaparam -genkey -out dsa.pem 1024 2>/dev/null
openssl rsa -in rsa-pkcs1.pem -pubout -out rsa-public.pem
openssl req -x509 -new -key rsa-pkcs1.pem -subj /CN=server.example -days 30 -addext basicConstraints=CA:FALSE -out server-cert.pem
openssl req -x509 -new -key rsa-pkcs1.pem -subj "/CN=An Authority" -days 30 -out ca-cert.pem
openssl x509 -in server-cert.pem -outform DER -out server-cert.der
cat server-cert.pem rsa-pkcs1.pem > both.pem
openssl pkcs12 -export -inkey rsa-pkcs1.pem -in server-cert.pem -passout pass:changeit -out changeit.p12
openssl pkcs12 -export -inkey rsa-pkcs1.pem -in server-cert.pem -passout pass: -out empty.p12
openssl pkcs12 -export -legacy -inkey rsa-pkcs1.pem -in server-cert.pem -passout pass:changeit -out legacy-changeit.p12
openssl pkcs12 -export -inkey rsa-pkcs1.pem -in server-cert.pem -passout pass:Zx9-unguessable -out other.p12
openssl pkcs12 -export -inkey rsa-pkcs1.pem -in server-cert.pem -keypbe NONE -certpbe NONE -nomac -passout pass: -out open.p12
openssl pkcs12 -export -nokeys -in ca-cert.pem -passout pass:changeit -out certificates.p12
k() { keytool -genkeypair -alias a -keyalg RSA -keysize 2048 -dname CN=java.example -validity 30 "$@" 2>/dev/null; }
k -storetype JKS -keystore changeit.jks -storepass changeit -keypass changeit
k -storetype JKS -keystore other.jks -storepass Zx9-unguessable -keypass Zx9-unguessable
k -storetype JCEKS -keystore changeit.jceks -storepass changeit -keypass changeit
k -storetype PKCS12 -keystore keytool-changeit.p12 -storepass changeit
keytool -importcert -noprompt -alias ca -file ca-cert.pem -storetype JKS -keystore certificates.jks -storepass changeit 2>/dev/null
ssh-keygen -q -t ed25519 -N '' -C test -f ssh-ed25519
ssh-keygen -q -t rsa -b 2048 -N Zx9-unguessable -C test -f ssh-rsa-encrypted
puttygen ssh-ed25519 -O private -o open.ppk
puttygen rsa-pkcs1.pem -O private -o v2.ppk --ppk-param version=2
echo Zx9-unguessable > pass.tmp
puttygen ssh-ed25519 -O private -o encrypted.ppk --new-passphrase pass.tmp
rm pass.tmp ssh-*.pub
G=$(mktemp -d)
gpg --homedir "$G" --batch -q --passphrase '' --quick-gen-key 'Open <open@example.com>' rsa2048 2>/dev/null
gpg --homedir "$G" --batch -q --armor --export-secret-keys open@example.com > gpg-open.asc
gpg --homedir "$G" --batch -q --passphrase '' --quick-gen-key 'Ed <ed@example.com>' ed25519 2>/dev/null
gpg --homedir "$G" --batch -q --armor --export-secret-keys ed@example.com > gpg-ed25519-open.asc
gpg --homedir "$G" --batch -q --pinentry-mode loopback --passphrase Zx9-unguessable --quick-gen-key 'Shut <shut@example.com>' rsa2048 2>/dev/null
gpg --homedir "$G" --batch -q --pinentry-mode loopback --passphrase Zx9-unguessable --armor --export-secret-keys shut@example.com > gpg-encrypted.asc
gpgconf --homedir "$G" --kill gpg-agent; rm -rf "$G"
