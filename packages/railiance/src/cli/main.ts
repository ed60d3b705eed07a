process.stdout.write('railiance\n');
