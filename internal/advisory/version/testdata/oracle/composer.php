<?php
require '/usr/share/php/Composer/Semver/autoload.php';
$parser = new Composer\Semver\VersionParser();
while (($line = fgets(STDIN)) !== false) {
    [$a, $b] = explode("\t", rtrim($line, "\n"));
    try {
        echo version_compare($parser->normalize($a), $parser->normalize($b)), "\n";
    } catch (UnexpectedValueException $e) {
        echo "!\n";
    }
}
